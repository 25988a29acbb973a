//! Where in a table a name is, by a hash that is made when the program is.
//!
//! Passes that walk over objects look up each struct of each object; comparing names one by one took them a tenth of
//! their time.

/// More than twice the names of the longest table, so that few of them share a slot.
const SLOTS: usize = 512;
/// A slot without a place.
const FREE: u8 = u8::MAX;

/// Places of names in a table of fewer than 255.
pub(crate) struct Places([u8; SLOTS]);

impl Places {
    /// No name has a place yet.
    pub(crate) const NONE: Self = Self([FREE; SLOTS]);

    /// Notes the place of a name.
    pub(crate) const fn note(&mut self, name: &str, place: usize) {
        assert!(place < FREE as usize, "a longer table needs larger places");
        let mut slot = first_slot(name);
        while self.0[slot] != FREE {
            slot = (slot + 1) % SLOTS;
        }
        #[expect(clippy::cast_possible_truncation, reason = "asserted above")]
        let place = place as u8;
        self.0[slot] = place;
    }

    /// The places at which a name can be, mostly one.
    pub(crate) fn of(&self, name: &str) -> impl Iterator<Item = usize> {
        let first = first_slot(name);
        let places = (first..first + SLOTS).map(|slot| self.0[slot % SLOTS]);
        places.take_while(|place| *place != FREE).map(usize::from)
    }
}

/// Names of types differ in their lengths, their first, middle and last letters.
const fn first_slot(name: &str) -> usize {
    let bytes = name.as_bytes();
    let [first, .., last] = *bytes else { return 0 };
    let middle = bytes[bytes.len() / 2];
    (bytes.len() * 67 + first as usize * 5 + middle as usize * 37 + last as usize * 11) % SLOTS
}
