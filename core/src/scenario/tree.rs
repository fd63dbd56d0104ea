//! JSON as a tree that also says which keys stood there twice: `serde_json`'s own keeps the last one in silence.

use std::{cell::RefCell, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

/// Parses a text; with the tree, the paths of the keys that are there more than once.
///
/// # Errors
/// When it is not JSON.
pub(super) fn parse(text: &str) -> Result<(Value, Vec<String>), serde_json::Error> {
    let twice = RefCell::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Node { path: String::new(), twice: &twice }.deserialize(&mut reader)?;
    reader.end()?;
    Ok((value, twice.into_inner()))
}

/// One value, and where it stands.
struct Node<'a> {
    path: String,
    twice: &'a RefCell<Vec<String>>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let seed = Node { path: format!("{}[{}]", self.path, list.len()), twice: self.twice };
            match items.next_element_seed(seed)? {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let path = if self.path.is_empty() { key.clone() } else { format!("{}.{key}", self.path) };
            if map.contains_key(&key) {
                self.twice.borrow_mut().push(path.clone());
            }
            let value = entries.next_value_seed(Node { path, twice: self.twice })?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_tree_and_names_what_is_there_twice() {
        for text in [r#"{"a":[1,-2,3.5,"x",null,true,{"b":{}}],"ü":1e300}"#, "[]", "7", "\"a\\u0000\""] {
            assert_eq!(parse(text).expect("JSON"), (serde_json::from_str(text).expect("JSON"), Vec::new()));
        }
        let (value, twice) = parse(r#"{"a":1,"b":[{"c":1,"c":{"d":1,"d":2}}],"a":2}"#).expect("JSON");
        assert_eq!(twice, ["b[0].c", "b[0].c.d", "a"]);
        assert_eq!(value["a"], 2, "the last one, as serde_json has it");
        for text in ["{", "[1] 2", "nul", ""] {
            assert_eq!(
                parse(text).expect_err("no JSON").to_string(),
                serde_json::from_str::<Value>(text).expect_err("no JSON").to_string()
            );
        }
    }
}
