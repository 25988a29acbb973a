//! `$(NAME)` in the text of a variable, as the kubelet expands it
//! (<https://github.com/kubernetes/kubernetes/blob/v1.33.0/third_party/forked/golang/expansion/expand.go>).

/// A text with all that is known put in.
pub(super) struct Expanded {
    /// The text; what is not known stays `$(NAME)`.
    pub(super) text: String,
    /// The names that are not known as texts, each once.
    pub(super) open: Vec<String>,
}

/// Puts what `known` says in place of each `$(NAME)`. `$$` is one dollar, and a name that nobody knows stays as it is.
pub(super) fn expand(text: &str, known: impl Fn(&str) -> Option<String>) -> Expanded {
    let mut expanded = Expanded { text: String::with_capacity(text.len()), open: Vec::new() };
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.text.push_str(before);
        if let Some(escaped) = after.strip_prefix('$') {
            expanded.text.push('$');
            rest = escaped;
        } else if let Some((name, behind)) =
            after.strip_prefix('(').and_then(|inner| inner.split_once(')'))
        {
            if let Some(value) = known(name) {
                expanded.text.push_str(&value);
            } else {
                expanded.text.extend(["$(", name, ")"]);
                if !expanded.open.iter().any(|open| open == name) {
                    expanded.open.push(name.to_owned());
                }
            }
            rest = behind;
        } else {
            expanded.text.push('$');
            rest = after;
        }
    }
    expanded.text.push_str(rest);
    expanded
}

#[cfg(test)]
mod tests {
    use super::expand;

    /// Cases of Kubernetes' own test of it.
    #[test]
    fn texts_are_expanded_as_the_kubelet_does() {
        let known = |name: &str| match name {
            "VAR_A" => Some("A".to_owned()),
            "VAR_B" => Some("B".to_owned()),
            "VAR_REF" => Some("$(VAR_A)".to_owned()),
            "VAR_EMPTY" => Some(String::new()),
            _ => None,
        };
        for (text, wanted) in [
            ("$(VAR_A)", "A"),
            ("___$(VAR_B)___", "___B___"),
            ("$(VAR_A)-$(VAR_B)", "A-B"),
            ("$$(VAR_B)_$(VAR_A)", "$(VAR_B)_A"),
            ("$$$$(A)", "$$(A)"),
            ("$(VAR_REF)", "$(VAR_A)"),
            ("$(VAR_EMPTY)", ""),
            ("$(VAR_DNE)", "$(VAR_DNE)"),
            ("$VAR_A$", "$VAR_A$"),
            ("$(VAR_A", "$(VAR_A"),
            ("$$", "$"),
            ("é$(VAR_A)é", "éAé"),
        ] {
            assert_eq!(expand(text, known).text, wanted, "{text}");
        }
        assert_eq!(expand("$(X)$(VAR_A)$(X)$$(Y)", known).open, ["X"]);
    }
}
