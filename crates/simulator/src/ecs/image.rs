//! Container images, as service revisions and tasks name them.

use serde_json::{Map, Value};

use crate::home::Home;
use crate::ids::{fingerprint, scatter};

/// One container of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) image: String,
}

impl Container {
    /// The container that a task definition (`family:revision`) has when only a seed names it.
    pub(crate) fn assumed(home: &Home, task_definition: &str, image: Option<String>) -> Self {
        let family = task_definition.split_once(':').map_or(task_definition, |(family, _)| family);
        Self { name: family.to_owned(), image: image.unwrap_or_else(|| home.image(task_definition)) }
    }

    /// From an entry of `containerDefinitions`.
    pub(crate) fn of(definition: &Map<String, Value>) -> Self {
        let member = |name: &str| definition.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { name: member("name"), image: member("image") }
    }

    /// The digest to which ECS resolved the image's tag: the same for an image in every run.
    pub(crate) fn image_digest(&self) -> String {
        let seed = fingerprint(&self.image);
        let words = (0..4).map(|word| format!("{:016x}", scatter(seed.wrapping_add(word))));
        format!("sha256:{}", words.collect::<String>())
    }
}
