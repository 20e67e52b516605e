//! `RegisterTaskDefinition`, `DescribeTaskDefinition`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::clusters::is_name;
use super::describe::includes;
use crate::ecs::Ecs;
use crate::ecs::image::Container;
use crate::ecs::task_definition::TaskDefinition;
use crate::ecs::view::Tag;
use crate::wire::{ApiError, Epoch, input, required};

/// Members of the input that the task definition repeats as they came.
const REPEATED: [&str; 15] = [
    "containerDefinitions",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "volumes",
    "placementConstraints",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "ephemeralStorage",
    "runtimePlatform",
    "enableFaultInjection",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegisterInput {
    family: Option<String>,
    container_definitions: Option<Vec<Map<String, Value>>>,
    tags: Option<Vec<Tag>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DescribeTaskDefinitionInput {
    task_definition: Option<String>,
    include: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskDefinitionOutput {
    task_definition: TaskDefinitionView,
    tags: Vec<Tag>,
}

/// `TaskDefinition`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TaskDefinitionView {
    task_definition_arn: String,
    family: String,
    revision: u32,
    status: &'static str,
    registered_at: Epoch,
    #[serde(flatten)]
    members: Map<String, Value>,
}

impl Ecs {
    pub(crate) fn register_task_definition(&mut self, body: &Value) -> Result<TaskDefinitionOutput, ApiError> {
        let RegisterInput { family, container_definitions, tags } = input(body)?;
        let family = required(family, "family")?;
        if !is_name(&family) {
            return Err(ApiError::client("Invalid family name."));
        }
        let mut containers = required(container_definitions, "containerDefinitions")?;
        if containers.is_empty() {
            return Err(ApiError::client("Container list cannot be empty."));
        }
        containers.iter_mut().for_each(complete_container);

        let mut members = Map::new();
        for name in REPEATED {
            members.extend(body.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        members.insert("containerDefinitions".to_owned(), containers.into());
        for name in ["volumes", "placementConstraints"] {
            members.entry(name).or_insert_with(|| json!([]));
        }
        let registered = self.task_definitions.entry(family.clone()).or_default();
        let revision = registered.last().map_or(1, |last| last.revision + 1);
        let tags = tags.unwrap_or_default();
        registered.push(TaskDefinition { revision, registered_at: self.now, members, tags });
        self.task_definition_output(&format!("{family}:{revision}"), true)
    }

    pub(crate) fn describe_task_definition(
        &self,
        input: DescribeTaskDefinitionInput,
    ) -> Result<TaskDefinitionOutput, ApiError> {
        let name = self.task_definition_name(&required(input.task_definition, "taskDefinition")?)?;
        self.task_definition_output(&name, includes(input.include.as_deref(), &["TAGS"])?)
    }

    /// `family:revision` from that, from a family (its newest revision) or from an ARN. It must be registered.
    pub(crate) fn task_definition_name(&self, given: &str) -> Result<String, ApiError> {
        let name = self.home.path_in(given, "task-definition").unwrap_or(given);
        let (family, revision) = match name.split_once(':') {
            Some((family, revision)) => (family, revision.parse().ok()),
            None => (name, self.task_definitions.get(name).and_then(|all| all.last()).map(|last| last.revision)),
        };
        let revision = revision.filter(|revision| self.registered(family, *revision).is_some());
        let revision = revision.ok_or_else(|| ApiError::client("Unable to describe task definition."))?;
        Ok(format!("{family}:{revision}"))
    }

    /// Registers a task definition that only a seed names. One whose name has no number is left out: no call can ask
    /// for it.
    pub(crate) fn assume_task_definition(&mut self, name: &str, containers: &[Container]) {
        let Some((family, revision)) = name.split_once(':') else { return };
        let Ok(revision) = revision.parse() else { return };
        let registered = self.task_definitions.entry(family.to_owned()).or_default();
        if let Err(place) = registered.binary_search_by_key(&revision, |known| known.revision) {
            let definitions = containers.iter().map(|Container { name, image }| {
                let mut definition = Map::new();
                definition.insert("name".to_owned(), name.as_str().into());
                definition.insert("image".to_owned(), image.as_str().into());
                complete_container(&mut definition);
                Value::from(definition)
            });
            let mut members = Map::new();
            members.insert("containerDefinitions".to_owned(), definitions.collect());
            registered.insert(place, TaskDefinition { revision, registered_at: self.now, members, tags: Vec::new() });
        }
    }

    /// The containers of a registered task definition, given as `family:revision`. One whose name has no number is not
    /// registered, and gets what a seed's would have.
    pub(crate) fn containers_of(&self, name: &str) -> Vec<Container> {
        let found = name.split_once(':').and_then(|(family, revision)| self.registered(family, revision.parse().ok()?));
        let definitions = found.and_then(|found| found.members.get("containerDefinitions")).and_then(Value::as_array);
        match definitions {
            Some(definitions) => definitions.iter().filter_map(Value::as_object).map(Container::of).collect(),
            None => vec![Container::assumed(&self.home, name, None)],
        }
    }

    fn registered(&self, family: &str, revision: u32) -> Option<&TaskDefinition> {
        self.task_definitions.get(family)?.iter().find(|known| known.revision == revision)
    }

    fn task_definition_output(&self, name: &str, with_tags: bool) -> Result<TaskDefinitionOutput, ApiError> {
        let found = name.split_once(':').and_then(|(family, revision)| {
            let found = self.registered(family, revision.parse().ok()?)?;
            Some((family, found))
        });
        let (family, found) = found.ok_or_else(|| ApiError::client("Unable to describe task definition."))?;
        Ok(TaskDefinitionOutput {
            task_definition: TaskDefinitionView {
                task_definition_arn: self.home.task_definition_arn(name),
                family: family.to_owned(),
                revision: found.revision,
                status: "ACTIVE",
                registered_at: Epoch(found.registered_at),
                members: found.members.clone(),
            },
            tags: if with_tags { found.tags.clone() } else { Vec::new() },
        })
    }
}

/// Fills in what AWS adds to a container definition that leaves it out.
fn complete_container(container: &mut Map<String, Value>) {
    let lists = ["portMappings", "environment", "mountPoints", "volumesFrom", "systemControls"];
    for name in lists {
        container.entry(name).or_insert_with(|| json!([]));
    }
    container.entry("cpu").or_insert_with(|| 0.into());
    container.entry("essential").or_insert_with(|| true.into());
}
