//! Fields that CloudWatch and ECS write in several formats.

use std::fmt;

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

use crate::signal;

/// The fields that every event of EventBridge has, besides its detail.
#[derive(Deserialize)]
pub(super) struct EventBridge {
    #[serde(rename = "detail-type")]
    pub(super) detail_type: String,
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) time: Option<Time>,
    #[serde(default)]
    pub(super) resources: Vec<String>,
}

/// A time stamp in ISO 8601. The offset may lack its colon (`+0000`), as CloudWatch writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(pub(super) Timestamp);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| D::Error::custom("not a time"))
    }
}

/// Names with a value each, as an object or as a list of `{name, value}` or `{Key, Value}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pairs(pub(super) signal::Pairs);

#[derive(Deserialize)]
struct Pair {
    #[serde(alias = "Name", alias = "key", alias = "Key")]
    name: String,
    #[serde(alias = "Value", default)]
    value: Option<String>,
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings or a list of names and values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = signal::Pairs::new();
                while let Some((name, value)) = map.next_entry::<String, Option<String>>()? {
                    pairs.insert(name, value.unwrap_or_default());
                }
                Ok(Pairs(pairs))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Pairs, A::Error> {
                let mut pairs = signal::Pairs::new();
                while let Some(Pair { name, value }) = list.next_element()? {
                    let value = value.unwrap_or_default();
                    if pairs.get(&name).is_some_and(|earlier| *earlier != value) {
                        return Err(A::Error::custom("one name with two values"));
                    }
                    pairs.insert(name, value);
                }
                Ok(Pairs(pairs))
            }

            fn visit_unit<E: Error>(self) -> Result<Pairs, E> {
                Ok(Pairs::default())
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl Pairs {
    /// The value of the alarm's tag that lists its services.
    pub(super) fn services_tag(&self) -> Option<String> {
        self.0.get(signal::SERVICES_TAG).cloned()
    }
}

/// Text that no decision depends on: a value of another type counts as absent.
pub(super) fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}
