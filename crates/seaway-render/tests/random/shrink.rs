//! The smallest part of a text that still has the fault.

/// Leaves out whole tables and single lines as long as `is_faulty` holds for the rest.
pub(crate) fn shrink(text: &str, is_faulty: impl Fn(&str) -> bool) -> String {
    let mut text = text.to_owned();
    loop {
        let before = text.len();
        text = without_each(tables(&text), &is_faulty);
        text = without_each(text.split_inclusive('\n').map(str::to_owned).collect(), &is_faulty);
        if text.len() == before {
            return text;
        }
    }
}

/// The text in pieces that begin with the header of a table.
fn tables(text: &str) -> Vec<String> {
    let mut tables = vec![String::new()];
    for line in text.split_inclusive('\n') {
        match tables.last_mut() {
            Some(table) if !line.starts_with('[') => table.push_str(line),
            _ => tables.push(line.to_owned()),
        }
    }
    tables
}

fn without_each(mut pieces: Vec<String>, is_faulty: impl Fn(&str) -> bool) -> String {
    for at in (0..pieces.len()).rev() {
        let dropped = pieces.remove(at);
        if !is_faulty(&pieces.concat()) {
            pieces.insert(at, dropped);
        }
    }
    pieces.concat()
}
