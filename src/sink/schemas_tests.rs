//! The JSON Schemas of our files in `docs/schemas` are those of the types that write them. `REGENERATE=1 cargo test --lib schemas` writes them
//! anew.

use std::path::Path;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use super::jsonl::FrameLine;
use super::{ExplanationRecord, Session};

/// The schema of a type, as text; `name` is that of the file that is described.
fn text<T: JsonSchema>(name: &str) -> String {
    let mut schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), name.into());
    serde_json::to_string_pretty(&schema).unwrap() + "\n"
}

#[test]
fn the_schemas_in_the_documents_are_those_of_what_is_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas");
    for (file, schema) in [
        ("detections-line.json", text::<FrameLine>("a line of detections.jsonl")),
        ("session.json", text::<Session>("session.json")),
        ("explanation.json", text::<ExplanationRecord>("explanation.json")),
    ] {
        let path = folder.join(file);
        if std::env::var_os("REGENERATE").is_some() {
            std::fs::write(&path, &schema).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == schema, "{} is not what is written; REGENERATE=1 makes it anew", path.display());
    }
}
