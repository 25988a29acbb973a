//! New values, from the randomness of the operating system.

use std::collections::BTreeMap;

use seaway_core::Stack;
use seaway_core::outputs::percent_encoded;
use seaway_core::stack::{Piece, Recipe};
use seaway_core::values::{DataKey, Name};

use super::choice::Choice;

/// Letters and digits alone: a password that goes through URLs, shells and configuration files unharmed.
const PLAIN: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// 190 bits, more than anybody guesses.
const LENGTH: usize = 32;
/// As long as Django makes its signing key; its check wants 50 characters
/// (<https://docs.djangoproject.com/en/5.2/ref/checks/#security>). Django also draws from `!@#$%^&*(-_=+)`, some of which an
/// interactive shell or a reader of environments takes for something else: letters and digits are as hard to guess.
const SIGNING_LENGTH: usize = 50;

/// Values by the stack's name of the Secret, and key.
pub(super) type Values = BTreeMap<(Name, DataKey), String>;

/// Values for all that is the stack's own, and what is composed of them, of the Secrets that are asked for.
pub(super) fn values(stack: &Stack, choice: &Choice<'_>) -> Result<Values, getrandom::Error> {
    let mut values = Values::new();
    let wanted =
        || stack.secrets.iter().filter(|(_, contract)| choice.way(&contract.name).is_some());
    for (name, contract) in wanted() {
        for (key, recipe) in &contract.keys {
            let value = match recipe {
                Recipe::Opaque => text(LENGTH)?,
                Recipe::SigningKey => text(SIGNING_LENGTH)?,
                Recipe::Given | Recipe::GivenUrl | Recipe::Composed(_) => continue,
            };
            values.insert((name.clone(), key.clone()), value);
        }
    }
    // What is composed of keys of other Secrets comes last.
    let (of_others, of_own): (Vec<_>, Vec<_>) =
        wanted().partition(|(_, contract)| contract.is_of_others());
    for (name, contract) in of_own.into_iter().chain(of_others) {
        for (key, recipe) in &contract.keys {
            let Recipe::Composed(pieces) = recipe else { continue };
            // What is composed of a value that somebody else gives out is not known yet.
            if let Some(value) = composed(name, pieces, &values)? {
                values.insert((name.clone(), key.clone()), value);
            }
        }
    }
    Ok(values)
}

fn composed(
    name: &Name,
    pieces: &[Piece],
    values: &Values,
) -> Result<Option<String>, getrandom::Error> {
    let mut whole = String::new();
    for piece in pieces {
        let known = match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Key(key) => {
                values.get(&(name.clone(), key.clone())).map(|value| percent_encoded(value))
            }
            Piece::Of { secret, key, is_encoded } => {
                let value = values.get(&(secret.clone(), key.clone()));
                value.map(|value| if *is_encoded { percent_encoded(value) } else { value.clone() })
            }
            Piece::Opaque => Some(text(LENGTH)?),
        };
        let Some(known) = known else { return Ok(None) };
        whole.push_str(&known);
    }
    Ok(Some(whole))
}

/// A text of letters and digits, each as likely as any other.
fn text(length: usize) -> Result<String, getrandom::Error> {
    let mut text = String::with_capacity(length);
    // The greatest multiple of the alphabet's size: what lies above would make some characters likelier.
    let even = 256 - 256 % PLAIN.len();
    let mut bytes = [0; 64];
    while text.len() < length {
        getrandom::fill(&mut bytes)?;
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < even);
        let wanted = length - text.len();
        text.extend(fair.take(wanted).map(|byte| char::from(PLAIN[byte % PLAIN.len()])));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn texts_have_their_length_and_alphabet_and_differ() {
        let all: Vec<String> =
            (0..200).map(|_| text(SIGNING_LENGTH).expect("randomness")).collect();
        assert!(all.iter().all(|text| text.len() == SIGNING_LENGTH));
        let used: BTreeSet<u8> = all.iter().flat_map(|text| text.bytes()).collect();
        // 10,000 draws leave no character out.
        assert_eq!(used, PLAIN.iter().copied().collect());
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }
}
