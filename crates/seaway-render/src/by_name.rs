//! Names of types and fields: where in a table one is, by a hash that is made when the program is, and whether two are the
//! same.
//!
//! Passes that walk over objects look up each struct and each field of each object; comparing the names of structs one by one
//! took them a tenth of their time.

/// Whether two short names are the same: as `==` says, without the call that it takes for texts of any length.
#[inline]
pub(crate) fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    // The ends of a name overlap, so that each byte is compared.
    match one.len() {
        length if length != other.len() => false,
        8..=16 => {
            one.first_chunk::<8>() == other.first_chunk::<8>()
                && one.last_chunk::<8>() == other.last_chunk::<8>()
        }
        4..=7 => {
            one.first_chunk::<4>() == other.first_chunk::<4>()
                && one.last_chunk::<4>() == other.last_chunk::<4>()
        }
        0..=3 => one.iter().eq(other),
        _ => one == other,
    }
}

/// Whether a name is among others.
pub(crate) fn among(names: &[&str], name: &str) -> bool {
    names.iter().any(|one| same(one, name))
}

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

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn names_differ_wherever_they_differ() {
        let name = "abcdefghijklmnopqrstuvwxyz";
        for length in 0..=name.len() {
            let one = &name[..length];
            assert!(same(one, one), "{one}");
            assert!(!same(one, &format!("{one}a")), "{one}");
            for at in 0..length {
                let mut other = one.to_owned();
                other.replace_range(at..=at, "-");
                assert!(!same(one, &other), "{one} and {other}");
            }
        }
    }
}
