//! The JSON schemas in `docs/schemas`: current, true of real output, and of use to an editor.

mod documents;
mod map_documents;

use std::collections::BTreeSet;

use handin::cli::ExitStatus;
use jsonschema::{Validator, validator_for};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use self::{documents as doc, map_documents as map};
use crate::desk::Answer;
use crate::drift::hold;

/// The commands, by the name in `"schema": "handin/<name>/1"`.
const NAMES: [&str; 15] = [
    "init",
    "submit",
    "verify",
    "projects",
    "doctor",
    "login",
    "map-list",
    "map-associate",
    "map-set",
    "map-unset",
    "map-suggest",
    "map-import",
    "map-export",
    "help",
    "error",
];

/// Returns the schema of what a command writes: one of its forms, or the form of a failure.
fn schema(name: &str) -> Value {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.untagged_enum_variant_titles = false;
    let mut generator = settings.into_generator();
    let mut forms = forms(name, &mut generator);
    forms.push(generator.subschema_for::<doc::Failed>().to_value());
    let mut definitions = generator.take_definitions(true);
    let words: Vec<&str> = ExitStatus::ALL.iter().map(|status| status.word()).collect();
    definitions["Error"]["properties"]["kind"]["enum"] = json!(words);
    let command = name
        .replace('-', " ")
        .replace("map associate", "map list --associate")
        .replace("error", "without a command, with");
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("handin {command} --json"),
        "description": "Fields are only ever added: ignore those that are not known here.",
        "type": "object",
        "required": ["schema"],
        "properties": {"schema": {"const": format!("handin/{name}/1")}},
        "anyOf": forms,
        "$defs": definitions,
    })
}

fn forms(name: &str, generator: &mut SchemaGenerator) -> Vec<Value> {
    fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
        generator.subschema_for::<T>().to_value()
    }
    let makers: &[fn(&mut SchemaGenerator) -> Value] = match name {
        "submit" => &[of::<doc::Submitted>],
        "verify" => &[of::<doc::Verified>],
        "projects" => &[
            of::<doc::Projects>,
            of::<doc::ProjectCreated>,
            of::<doc::Runs>,
            of::<doc::RunResults>,
        ],
        "doctor" => &[of::<doc::Examined>],
        "init" => &[of::<doc::Initialized>],
        "login" => &[
            of::<doc::LoginStored>,
            of::<doc::LoginRemoved>,
            of::<doc::Logins>,
        ],
        "map-list" => &[of::<map::MapList>],
        "map-associate" => &[of::<map::MapAssociate>],
        "map-set" => &[of::<map::MapSet>],
        "map-unset" => &[of::<map::MapUnset>],
        "map-suggest" => &[of::<map::MapSuggest>],
        "map-import" => &[of::<map::MapImport>],
        "map-export" => &[of::<map::MapExport>],
        "help" => &[of::<doc::Help>],
        "error" => &[],
        other => panic!("`{other}` has no schema"),
    };
    makers.iter().map(|make| make(generator)).collect()
}

/// Returns a schema that refuses every field it does not name. A field that nobody described shows that way.
fn closed(value: &mut Value) {
    if let Value::Object(object) = value {
        let is_record = object.get("type") == Some(&json!("object"))
            && object.contains_key("properties")
            && !object.contains_key("anyOf");
        if is_record && !object.contains_key("additionalProperties") {
            object.insert("additionalProperties".to_owned(), false.into());
        }
        object.values_mut().for_each(closed);
    } else if let Value::Array(array) = value {
        array.iter_mut().for_each(closed);
    }
}

/// Real output, held against the committed schemas.
#[derive(Default)]
struct Witness {
    /// What was seen of each command: `submit` and `submit error`.
    seen: BTreeSet<String>,
    /// The names of fields that were there, behind the command: `submit key`.
    fields: BTreeSet<String>,
    wrong: Vec<String>,
}

/// Adds the names of all fields of a document.
fn note_fields(name: &str, document: &Value, fields: &mut BTreeSet<String>) {
    if let Value::Object(object) = document {
        fields.extend(object.keys().map(|key| format!("{name} {key}")));
        for value in object.values() {
            note_fields(name, value, fields);
        }
    } else if let Value::Array(array) = document {
        for value in array {
            note_fields(name, value, fields);
        }
    }
}

/// Adds the names of all fields that a schema describes.
fn described_fields(name: &str, schema: &Value, fields: &mut BTreeSet<String>) {
    if let Value::Object(object) = schema {
        for (word, value) in object {
            let properties = value.as_object().filter(|_| word == "properties");
            let Some(properties) = properties else {
                described_fields(name, value, fields);
                continue;
            };
            for (property, value) in properties {
                fields.insert(format!("{name} {property}"));
                described_fields(name, value, fields);
            }
        }
    } else if let Value::Array(array) = schema {
        for value in array {
            described_fields(name, value, fields);
        }
    }
}

impl Witness {
    fn see(&mut self, name: &str, answer: &Answer) {
        let document = answer.json();
        let text = std::fs::read_to_string(format!("docs/schemas/{name}.json")).unwrap();
        let open: Value = serde_json::from_str(&text).unwrap();
        let mut strict = open.clone();
        closed(&mut strict);
        for schema in [open, strict] {
            let validator: Validator = validator_for(&schema).unwrap();
            self.wrong
                .extend(validator.iter_errors(&document).map(|error| {
                    format!("{name}: {error} at {}\n{document:#}", error.instance_path())
                }));
        }
        note_fields(name, &document, &mut self.fields);
        let failed = document.as_object().is_some_and(is_failure);
        let suffix = if failed { " error" } else { "" };
        self.seen.insert(format!("{name}{suffix}"));
    }
}

fn is_failure(document: &Map<String, Value>) -> bool {
    document.get("error").is_some_and(|error| !error.is_null())
}

#[test]
fn the_schemas_are_current() {
    for name in NAMES {
        hold(
            &format!("docs/schemas/{name}.json"),
            &format!("{:#}\n", schema(name)),
        );
    }
    let settings = handin::settings::json_schema();
    hold("docs/schemas/settings.json", &format!("{settings:#}\n"));
    let files = std::fs::read_dir("docs/schemas").unwrap().count();
    assert_eq!(files, NAMES.len() + 1, "a schema without a command");
}

#[cfg(unix)]
mod real {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::{NAMES, Witness, described_fields};
    use crate::desk::Desk;
    use crate::examples::{Place, Tokens};
    use crate::submit::report;

    /// What is described and not there in these calls: it takes a keyring, a project of Katalon Studio, or a service that
    /// says what is left of a quota.
    const NEVER_HERE: [&str; 10] = [
        "doctor value",
        "login facts",
        "login holds_seconds",
        "login login",
        "login name",
        "login removed",
        "login stored",
        "map-import key",
        "map-import line",
        "map-import value",
    ];

    /// Calls that end well, and calls that do not.
    const CALLS: [(&str, &str); 44] = [
        ("submit", "submit --dry-run report.xml"),
        ("submit", "submit report.xml"),
        ("submit", "submit report.xml"),
        ("submit", "submit --service azure stray.xml"),
        (
            "submit",
            "submit --service azure --on-unreadable=warn report.xml torn.xml --again",
        ),
        ("submit", "submit --service azure --each out"),
        (
            "submit",
            "submit --service azure --on-no-reports=warn nowhere",
        ),
        ("submit", "submit nowhere"),
        ("submit", "submit --set azure.plan=None report.xml"),
        ("verify", "verify report.xml"),
        (
            "verify",
            "verify --service azure --coverage report.xml stray.xml",
        ),
        ("verify", "verify --offline report.xml torn.xml out"),
        ("verify", "verify --offline --cases report.xml"),
        ("verify", "verify nowhere"),
        ("projects", "projects azure"),
        ("projects", "projects qtest Shop"),
        ("projects", "projects katalon"),
        ("projects", "projects azure Shop/Regression --use"),
        ("projects", "projects azure Shop --runs"),
        ("projects", "projects azure Shop --results 1"),
        ("projects", "projects katalon --team QA --create Other"),
        ("projects", "projects azure Nowhere"),
        ("doctor", "doctor"),
        ("doctor", "doctor --service kiwi"),
        ("doctor", "doctor --service qtest"),
        (
            "doctor",
            "doctor --probe azure --into Regression --into-used --yes",
        ),
        ("doctor", "doctor --service nothing"),
        ("login", "login --list"),
        ("login", "login azure --token-stdin"),
        ("map-list", "map list --service azure report.xml stray.xml"),
        ("map-list", "map list --service azure twins.xml"),
        ("map-list", "map list nowhere"),
        ("map-associate", "map list --associate --service azure"),
        (
            "map-associate",
            "map list --associate --service azure nowhere",
        ),
        (
            "map-suggest",
            "map suggest --service azure report.xml stray.xml",
        ),
        ("map-suggest", "map suggest nowhere --service azure"),
        ("map-set", "map set new 1234 --service azure --new"),
        ("map-set", "map set new abc --service azure --new"),
        ("map-export", "map export"),
        ("help", "help exit-codes"),
        ("submit", "submit --nonsense report.xml"),
        ("map-set", "map set"),
        ("error", "nonsense"),
        ("error", "map"),
    ];

    #[test]
    fn what_every_command_writes_is_as_its_schema_says() {
        let place = Place::new(Tokens::Given);
        let desk = &place.desk;
        desk.write("stray.xml", report(&[("basket is empty", None, "")]));
        let twins = report(&[("one", Some(1001), ""), ("two", Some(1001), "")]);
        let odd = "<testcase name=\"odd\"><properties><property name=\"TestCaseId\" value=\"none\"/></properties></testcase></testsuite>";
        desk.write("twins.xml", twins.replace("</testsuite>", odd));
        desk.write("torn.xml", "<testsuite><testcase name=\"a\">");
        let mut witness = Witness::default();
        for (name, call) in CALLS {
            let words: Vec<&str> = call.split(' ').chain(["--json"]).collect();
            witness.see(name, &desk.run(&words));
        }
        let set = [
            "map",
            "unset",
            "shop.LoginTest › signed out",
            "--service",
            "azure",
            "--json",
        ];
        witness.see("map-unset", &desk.run(&set));
        witness.see("map-unset", &desk.run(&set));
        let import = [
            "map",
            "import",
            "csv",
            "mappings.csv",
            "--service",
            "azure",
            "--json",
        ];
        witness.see("map-import", &desk.run(&import));
        witness.see(
            "map-import",
            &desk.run(&["map", "import", "csv", "none.csv", "--json"]),
        );
        let empty = Desk::new();
        witness.see("init", &empty.run(&["init", "--json"]));
        let named = [
            "init",
            "--service",
            "azure",
            "--pipeline",
            "azure",
            "--json",
        ];
        witness.see("init", &empty.run(&named));
        witness.see("help", &desk.run(&["help", "nothing", "--json"]));
        desk.write("handin.toml", "nonsense = 1\n");
        witness.see("map-export", &desk.run(&["map", "export", "--json"]));
        witness.see("map-list", &desk.run(&["map", "list", "--json"]));
        assert!(witness.wrong.is_empty(), "{}", witness.wrong.join("\n"));
        let expected = NAMES
            .iter()
            .flat_map(|name| [(*name).to_owned(), format!("{name} error")])
            .filter(|it| it != "error");
        let missing: Vec<String> = expected.filter(|it| !witness.seen.contains(it)).collect();
        assert!(missing.is_empty(), "not seen: {missing:?}");
        let never: BTreeSet<String> = &described() - &witness.fields;
        assert!(never.iter().eq(NEVER_HERE), "never there: {never:?}");
    }

    fn described() -> BTreeSet<String> {
        let mut described = BTreeSet::new();
        for name in NAMES {
            let text = std::fs::read_to_string(format!("docs/schemas/{name}.json")).unwrap();
            let schema: Value = serde_json::from_str(&text).unwrap();
            described_fields(name, &schema, &mut described);
        }
        described
    }

    #[test]
    fn the_page_of_json_names_every_command_that_has_a_schema() {
        let page = std::fs::read_to_string("docs/json.md").unwrap();
        for name in NAMES {
            assert!(page.contains(&format!("](schemas/{name}.json)")), "{name}");
        }
    }

    #[test]
    fn a_document_with_a_field_that_nobody_described_is_found_out() {
        let mut answer = Desk::new().run(&["help", "exit-codes", "--json"]);
        answer.stdout = answer.stdout.replacen('{', "{\"more\": 1,", 1);
        let mut witness = Witness::default();
        witness.see("help", &answer);
        assert_eq!(witness.wrong.len(), 1, "{:?}", witness.wrong);
        answer.stdout = answer.stdout.replace("\"about\"", "\"subject\"");
        witness.see("help", &answer);
        assert_eq!(witness.wrong.len(), 3, "{:?}", witness.wrong);
    }
}

/// Returns the settings files of a folder of the fixtures.
fn settings_files(folder: &str) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(format!("fixtures/settings/{folder}")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let files: Vec<(String, String)> = paths
        .map(|path| {
            (
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    assert!(!files.is_empty());
    files
}

#[test]
fn an_editor_takes_the_settings_files_that_the_program_takes_and_no_others() {
    let schema = handin::settings::json_schema();
    let validator = validator_for(&schema).unwrap();
    for (folder, is_good) in [("good", true), ("bad", false)] {
        for (name, text) in settings_files(folder) {
            let value: Value = toml_edit::de::from_str(&text).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|it| it.to_string())
                .collect();
            assert_eq!(errors.is_empty(), is_good, "{name}: {errors:?}");
            let read = handin::settings::SettingsFile::parse(&name, &text);
            assert_eq!(read.is_ok(), is_good, "{name}: {read:?}");
        }
    }
}

#[test]
fn the_schema_of_the_settings_names_every_setting() {
    let schema = handin::settings::json_schema();
    for setting in handin::settings::documented_settings() {
        let mut place = String::new();
        for part in setting
            .section
            .split('.')
            .filter(|part| !part.is_empty())
            .chain([setting.name])
        {
            place = format!("{place}/properties/{part}");
        }
        let is_of_the_machine = setting.doc.contains("environment only");
        let found = schema.pointer(&place);
        assert_eq!(found.is_none(), is_of_the_machine, "{place}");
        assert!(found.is_none_or(|it| it["description"] == setting.doc));
    }
}
