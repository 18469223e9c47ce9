//! JSON that people make: a name that stands in an object twice is an error, where readers usually take the last.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads JSON.
///
/// # Errors
/// When it is none, or an object has a name twice; the error says where.
pub fn json(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).map(|Single(value)| value)
}

/// A value whose objects have every name once.
struct Single(Value);

impl<'de> Deserialize<'de> for Single {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Single, D::Error> {
        deserializer.deserialize_any(Reader).map(Single)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Single(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(all.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((name, Single(value))) = entries.next_entry::<String, Single>()? {
            if all.contains_key(&name) {
                return Err(A::Error::custom(format!("{name:?} stands there twice")));
            }
            all.insert(name, value);
        }
        Ok(all.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_others_read_but_for_doubled_names() {
        let text = r#"{"b": [1, -2, 2.5, null, true, "x"], "a": {"b": {}}}"#;
        assert_eq!(json(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        for text in ["{\"a\": 1,\n\"a\": 2}", "[{\"b\": {\"a\": 1,\n\"a\": 1}}]"] {
            let why = json(text).unwrap_err().to_string();
            assert!(why.contains("\"a\" stands there twice") && why.contains("line 2"), "{why}");
        }
    }
}
