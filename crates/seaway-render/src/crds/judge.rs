//! Values against a schema.

#[cfg(feature = "crds")]
pub(super) use with_schemas::Judge;
#[cfg(not(feature = "crds"))]
pub(super) use without::Judge;

/// What a build without the feature says, which must not take anything for good.
#[cfg(not(feature = "crds"))]
mod without {
    use serde_json::Value;

    use crate::crds::Fault;

    #[derive(Debug)]
    pub(in crate::crds) struct Judge;

    impl Judge {
        pub(in crate::crds) fn new(_: &Value) -> Result<Self, String> {
            Err("this program was built without the feature `crds` of `seaway-render`".to_owned())
        }

        pub(in crate::crds) fn faults(&self, _: &Value) -> Vec<Fault> {
            Vec::new()
        }
    }
}

#[cfg(feature = "crds")]
mod with_schemas {
    use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
    use jsonschema::paths::LocationSegment;
    use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
    use seaway_core::{Code, suggest};
    use serde_json::Value;

    use crate::crds::{Fault, Step, schema};

    /// A schema that values are held against.
    #[derive(Debug)]
    pub(in crate::crds) struct Judge {
        validator: Validator,
    }

    impl Judge {
        /// Makes a schema ready, or says why it cannot be.
        pub(in crate::crds) fn new(structural: &Value) -> Result<Self, String> {
            let mut options = jsonschema::options()
                .with_draft(Draft::Draft4)
                // Linear in the text, as the expressions of Go are.
                .with_pattern_options(PatternOptions::regex())
                .should_validate_formats(true);
            for (name, check) in schema::FORMATS {
                options = options.with_format(*name, *check);
            }
            match options.build(&schema::draft4(structural)) {
                Ok(validator) => Ok(Self { validator }),
                Err(error) => Err(error.to_string()),
            }
        }

        /// What is wrong with the values of an object.
        pub(in crate::crds) fn faults(&self, object: &Value) -> Vec<Fault> {
            let errors: Vec<_> = self.validator.iter_errors(object).collect();
            // A value of the wrong type fits none of several forms, which is nothing new.
            let is_new = |error: &&ValidationError<'_>| {
                let is_of_forms = matches!(
                    error.kind(),
                    Kind::AnyOf { .. }
                        | Kind::OneOfNotValid { .. }
                        | Kind::OneOfMultipleValid { .. }
                );
                let of_type = |other: &ValidationError<'_>| {
                    matches!(other.kind(), Kind::Type { .. })
                        && other.instance_path() == error.instance_path()
                };
                !(is_of_forms && errors.iter().any(of_type))
            };
            errors.iter().filter(is_new).map(fault).collect()
        }
    }

    /// Most characters of a value that a message shows.
    const SHOWN: usize = 60;

    fn shown(value: &Value) -> String {
        let text = match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        if text.chars().count() > SHOWN {
            let short: String = text.chars().take(SHOWN).collect();
            return format!("`{short}…`");
        }
        format!("`{text}`")
    }

    /// What a value is, in the words of the language.
    fn kind(value: &Value) -> &'static str {
        match value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(number) if number.is_f64() => "a float",
            Value::Number(_) => "an integer",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "a table",
        }
    }

    /// What a schema asks for, in the same words.
    fn wanted(kind: &TypeKind) -> String {
        let word = |name: &str| match name {
            "array" => "an array",
            "boolean" => "a boolean",
            "integer" => "an integer",
            "number" => "a number",
            "object" => "a table",
            _ => "a string",
        };
        let all: Vec<&str> = match kind {
            TypeKind::Single(one) => vec![word(&one.to_string())],
            TypeKind::Multiple(several) => {
                let names = several.iter().map(|one| one.to_string());
                names.filter(|name| name != "null").map(|name| word(&name)).collect()
            }
        };
        all.join(" or ")
    }

    fn fault(error: &ValidationError<'_>) -> Fault {
        let value = error.instance();
        let place = steps(error);
        let of = |code, message: String, help: Option<String>| Fault {
            place: place.clone(),
            code,
            message,
            help,
        };
        let bound = |text: String| of(Code::OutOfRange, text, None);
        match error.kind() {
            Kind::Type { kind: wants } => {
                let message = format!("expected {}, found {}", wanted(wants), kind(value));
                of(Code::WrongType, message, None)
            }
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let message = format!("{} needs `{name}`", table(&place));
                of(Code::IncompleteObject, message, Some(format!("write `{name} = …`")))
            }
            Kind::Enum { options } => {
                let words = options.as_array().map_or(&[][..], Vec::as_slice);
                let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
                let help = value.as_str().and_then(|word| suggest::nearest_or_all(word, words));
                of(Code::UnknownValue, format!("unknown value {}", shown(value)), help)
            }
            Kind::Pattern { pattern } => {
                of(Code::InvalidValue, format!("{} does not match `{pattern}`", shown(value)), None)
            }
            Kind::Format { format } => {
                of(Code::InvalidValue, format!("{} is no `{format}`", shown(value)), None)
            }
            Kind::Maximum { limit } => bound(format!("{} is more than {limit}", shown(value))),
            Kind::Minimum { limit } => bound(format!("{} is less than {limit}", shown(value))),
            Kind::MaxLength { limit } => bound(format!("more than {limit} characters")),
            Kind::MinLength { limit } => bound(format!("fewer than {limit} characters")),
            Kind::MaxItems { limit } => bound(format!("more than {limit} items")),
            Kind::MinItems { limit } => bound(format!("fewer than {limit} items")),
            Kind::MaxProperties { limit } => bound(format!("more than {limit} keys")),
            Kind::MinProperties { limit } => bound(format!("fewer than {limit} keys")),
            Kind::UniqueItems => of(Code::InvalidValue, "an item is there twice".to_owned(), None),
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                none_fits(context, &of, &place)
            }
            Kind::OneOfMultipleValid { .. } => {
                let message = format!("{} has keys that exclude each other", table(&place));
                of(Code::ExclusiveFields, message, None)
            }
            Kind::Not { .. } => {
                let message = format!("{} is what the definition excludes", table(&place));
                of(Code::InvalidValue, message, None)
            }
            _ => of(Code::InvalidValue, error.masked().to_string(), None),
        }
    }

    /// A value that has several forms and fits none: mostly one of several keys is missing.
    fn none_fits(
        forms: &[Vec<ValidationError<'static>>],
        of: &impl Fn(Code, String, Option<String>) -> Fault,
        place: &[Step],
    ) -> Fault {
        let missing = forms.iter().map(|errors| match &errors[..] {
            [only] => match only.kind() {
                Kind::Required { property } => property.as_str(),
                _ => None,
            },
            _ => None,
        });
        match missing.collect::<Option<Vec<&str>>>() {
            Some(mut names) if !names.is_empty() => {
                names.sort_unstable();
                names.dedup();
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                let message = format!("{} needs {}", table(place), names.join(" or "));
                of(Code::IncompleteObject, message, None)
            }
            _ => {
                let message =
                    format!("{} has none of the forms that its definition allows", table(place));
                of(Code::InvalidValue, message, None)
            }
        }
    }

    /// The name of what lies at a place.
    fn table(place: &[Step]) -> String {
        let name = place.iter().rev().find_map(|step| match step {
            Step::Field(name) => Some(format!("`{name}`")),
            Step::Index(_) => None,
        });
        match (name, place.last()) {
            (Some(name), Some(Step::Index(_))) => format!("an item of {name}"),
            (Some(name), _) => name,
            (None, _) => "the object".to_owned(),
        }
    }

    fn steps(error: &ValidationError<'_>) -> Vec<Step> {
        let step = |segment: LocationSegment<'_>| match segment {
            LocationSegment::Property(name) => Step::Field(name.into_owned()),
            LocationSegment::Index(index) => Step::Index(index),
        };
        error.instance_path().into_iter().map(step).collect()
    }
}
