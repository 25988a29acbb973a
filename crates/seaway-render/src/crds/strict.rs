//! Fields that a structural schema does not have: the API server drops them, and with strict validation it refuses the object
//! (<https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning>).

use seaway_core::{Code, suggest};
use serde_json::{Map, Value};

use super::{Fault, Step};

/// What every object has, and every object that is embedded in one.
const OF_OBJECTS: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Each field that the schema of an object does not have.
pub(super) fn unknown(schema: &Value, object: &Value) -> Vec<Fault> {
    let mut found = Vec::new();
    Walk { place: Vec::new(), found: &mut found }.value(schema, object, true);
    found
}

struct Walk<'a> {
    place: Vec<Step>,
    found: &'a mut Vec<Fault>,
}

impl Walk<'_> {
    fn value(&mut self, schema: &Value, value: &Value, is_object: bool) {
        match value {
            Value::Object(fields) => self.fields(schema, fields, is_object),
            Value::Array(items) => {
                let Some(schema) = schema.get("items") else { return };
                for (index, item) in items.iter().enumerate() {
                    self.place.push(Step::Index(index));
                    self.value(schema, item, false);
                    self.place.pop();
                }
            }
            _ => {}
        }
    }

    fn fields(&mut self, schema: &Value, fields: &Map<String, Value>, is_object: bool) {
        let says = |key: &str| schema.get(key) == Some(&Value::Bool(true));
        // A value that is no object in the schema has the wrong type, which is reported as such.
        if schema.get("type").is_some_and(|of| of != "object") {
            return;
        }
        let is_object = is_object || says("x-kubernetes-embedded-resource");
        let keeps_all = says("x-kubernetes-preserve-unknown-fields");
        let known = schema.get("properties").and_then(Value::as_object);
        let further = schema.get("additionalProperties");
        for (name, value) in fields {
            let step = Step::Field(name.clone());
            if is_object && OF_OBJECTS.contains(&name.as_str()) {
                continue;
            }
            if let Some(schema) = known.and_then(|known| known.get(name)) {
                self.place.push(step);
                self.value(schema, value, false);
                self.place.pop();
            } else if let Some(further) = further.filter(|further| **further != Value::Bool(false))
            {
                if further.is_object() {
                    self.place.push(step);
                    self.value(further, value, false);
                    self.place.pop();
                }
            } else if !keeps_all {
                let names = known.into_iter().flat_map(Map::keys).map(String::as_str);
                let mut place = self.place.clone();
                place.push(step);
                self.found.push(Fault {
                    place,
                    code: Code::UnknownField,
                    message: format!("unknown key `{name}`"),
                    help: suggest::nearest_or_all(name, names),
                });
            }
        }
    }
}
