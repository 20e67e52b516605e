//! The published schema of the notices, generated from their types.

use expect_test::expect_file;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::Notice;

#[test]
fn the_published_schema_is_that_of_the_types() {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Notice>();
    let mut schema: Value = schema.into();
    schema["title"] = json!("ECS Auto Rollback Notice v1");
    schema["description"] = json!(
        "The detail of an EventBridge event with the source ecs-auto-rollback and the detail-type \"ECS Auto Rollback Notice \
         v1\". Delivered at least once: ignore an id that you have seen. A later version of v1 may add properties."
    );
    let text = serde_json::to_string_pretty(&schema).expect("JSON");
    expect_file!["../../docs/reference/notice.v1.schema.json"].assert_eq(&format!("{text}\n"));
}
