//! Each rule of `ferry lint` over files that break it and files that do not; whole outputs.
//!
//! `FERRY_RECORD=1 cargo test -p ferry-check --test lint` writes the outputs anew.

#[path = "support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use ferry_check::lint::{self, Report, Request, rule};
use ferry_check::report::{self, Format};
use support::{record_or_compare, recording, registry};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint").join(name)
}

/// The files of a folder, each by its name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn request(inputs: Vec<PathBuf>) -> Request<'static> {
    Request {
        inputs,
        worker: None,
        plugin_path: None,
        resolve: false,
        allow: Vec::new(),
        deny: Vec::new(),
        plugins: &registry,
    }
}

fn shown(report: &Report, format: Format, folder: &Path) -> String {
    let (mut out, mut summary) = (Vec::new(), Vec::new());
    report::write(report, format, &mut out, &mut summary).expect("memory takes it");
    out.extend(summary);
    let root = format!("{}/", env!("CARGO_MANIFEST_DIR"));
    String::from_utf8(out).expect("text").replace(&format!("{}/", folder.display()), "").replace(&root, "")
}

#[test]
fn each_rule_finds_what_breaks_it_and_nothing_else() {
    let mut faults = String::new();
    for rule in rule::RULES {
        let folder = folder("rules").join(rule.id);
        let run = |kind: &str| {
            let mut request = request(files(&folder.join(kind)));
            request.resolve = rule.id == rule::UNRESOLVED.id;
            lint::run(&request).expect("plugins are found")
        };
        let bad = run("bad");
        let found = bad.findings.iter().filter(|finding| finding.rule.id == rule.id).count();
        if found == 0 {
            faults += &format!("{} finds nothing in its bad files\n", rule.id);
        }
        let text = shown(&bad, Format::Pretty { colours: false }, &folder.join("bad"));
        assert!(!text.contains("hunter2"), "{text}");
        record_or_compare(&folder.join("expected.txt"), &text);
        let good = run("good");
        if !good.findings.is_empty() {
            faults += &format!("{}: {}\n", rule.id, shown(&good, Format::Plain, &folder.join("good")));
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn every_folder_is_that_of_a_rule() {
    for folder in files(&folder("rules")) {
        let id = folder.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(rule::find(&id).is_some(), "there is no rule {id}");
    }
}

/// The same findings in every format.
#[test]
fn reports_for_people_and_programs() {
    let inputs = folder("formats");
    let report = lint::run(&request(vec![inputs.clone()])).expect("plugins are found");
    for (format, file) in [
        (Format::Pretty { colours: false }, "pretty.txt"),
        (Format::Pretty { colours: true }, "colours.txt"),
        (Format::Plain, "plain.txt"),
        (Format::Json, "findings.json.txt"),
        (Format::Github, "github.txt"),
        (Format::Sarif, "sarif.txt"),
    ] {
        let text = shown(&report, format, &inputs);
        assert!(!text.contains("hunter2"), "{text}");
        record_or_compare(&inputs.join(file), &text);
    }
}

/// In a folder only what looks like a configuration is looked at; a file that is named must be one.
#[test]
fn folders_hold_other_files_too() {
    let place = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = place.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    write("log4j.properties", "log4j.rootLogger=INFO, stdout\n");
    write("package.json", "{\"name\": \"x\", \"version\": \"1\"}");
    write("broken.json", "{,}");
    write(".git/config.json", "{\"connector.class\": 1,}");
    write("deep/er/c.json", "{\"connector.class\": \"FileStreamSink\",}");
    let found = lint::run(&request(vec![place.path().to_owned()])).expect("plugins are found");
    let said: Vec<String> = found
        .findings
        .iter()
        .map(|finding| {
            format!("{} {}", found.files[finding.file].name.rsplit('/').next().unwrap_or(""), finding.message)
        })
        .collect();
    assert_eq!(said, ["c.json there is a comma before the closing brace"]);
    let found = lint::run(&request(vec![place.path().join("package.json")])).expect("plugins are found");
    assert_eq!(found.findings[0].rule.id, rule::MISSING_KEY.id);
    let found = lint::run(&request(vec![place.path().join("nothing.json")])).expect("plugins are found");
    assert_eq!((found.findings.len(), found.unreadable.len()), (0, 1));
}

/// Rules are switched off for a setting, a file, or all; and made errors.
#[test]
fn rules_are_the_users_to_judge() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("c.properties");
    let text = "name=c\nconnector.class=FileStreamSource\nfile=/in\ntopic=t\n\
                # ferry-lint: allow trailing-space, quoted-value\nencoding=\\\n  \"UTF-8\" \ncolour=red \n";
    std::fs::write(&path, text).expect("written");
    let run = |allow: &[&str], deny: &[&str]| {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let request = Request { allow: owned(allow), deny: owned(deny), ..request(vec![path.clone()]) };
        let report = lint::run(&request).expect("plugins are found");
        report
            .findings
            .iter()
            .map(|f| format!("{} {} {}", f.at.at.line, f.level.name(), f.rule.id))
            .collect::<Vec<_>>()
    };
    let invalid = "7 error invalid-value";
    assert_eq!(run(&[], &[]), [invalid, "8 warning unknown-key", "8 warning trailing-space"]);
    assert_eq!(run(&["trailing-space", "invalid-value"], &[]), ["8 warning unknown-key"]);
    assert_eq!(
        run(&["invalid-value"], &["trailing-space"]),
        ["8 warning unknown-key", "8 error trailing-space"]
    );
    assert_eq!(run(&["invalid-value"], &["warnings"]), ["8 error unknown-key", "8 error trailing-space"]);
}

/// `--resolve` asks the providers, and what they gave is judged and not shown.
#[test]
fn references_are_resolved_when_that_is_asked_for() {
    let place = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: String| {
        let path = place.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let secrets = write("secrets.properties", "size=hunter2\nclass=FileStreamSource\n".to_owned());
    let secrets = secrets.display();
    let worker = write(
        "worker.properties",
        "bootstrap.servers=x:1\nkey.converter=JsonConverter\nvalue.converter=JsonConverter\n\
         offset.storage.file.filename=/o\nconfig.providers=file\nconfig.providers.file.class=FileConfigProvider\n"
            .to_owned(),
    );
    let connector = write(
        "c.properties",
        format!(
            "name=c\nconnector.class=${{file:{secrets}:class}}\nfile=/in\ntopic=t\nbatch.size=${{file:{secrets}:size}}\n"
        ),
    );
    let run = |resolve: bool| {
        let request = Request { resolve, worker: Some(worker.clone()), ..request(vec![connector.clone()]) };
        let report = lint::run(&request).expect("plugins are found");
        report.findings.iter().map(|f| format!("{} {}", f.rule.id, f.message)).collect::<Vec<_>>()
    };
    assert_eq!(
        run(false),
        ["unchecked the class comes from a config provider: its settings are not checked"]
    );
    let hidden = "invalid-value Invalid value for configuration 'batch.size': the value resolved from the config provider \
                  reference failed validation";
    assert_eq!(run(true), [hidden]);
}

/// The list of rules in the documentation.
#[test]
fn the_documentation_lists_the_rules() {
    let mut table = String::from("| rule | level | what it finds, and why |\n|---|---|---|\n");
    for rule in rule::RULES {
        table +=
            &format!("| `{}` | {} | {} {} |\n", rule.id, rule.level.name(), rule.summary, rule.explanation);
    }
    documented("lint.md", "<!-- rules: written by a test -->\n", "<!-- end of rules -->\n", &table);
}

/// Nobody shall copy a mistake out of the documentation.
#[test]
fn the_examples_of_the_documentation_are_clean() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let place = tempfile::tempdir().expect("a folder");
    let mut inputs = Vec::new();
    for file in ["README.md".to_owned()].into_iter().chain(
        files(&root.join("docs"))
            .iter()
            .map(|path| format!("docs/{}", path.file_name().expect("a name").to_string_lossy())),
    ) {
        let text = std::fs::read_to_string(root.join(&file)).expect(&file);
        for (number, block) in text.split("```properties\n").skip(1).enumerate() {
            let block = block.split("```").next().unwrap_or_default();
            let path = place.path().join(format!("{}-{number}.properties", file.replace('/', "-")));
            std::fs::write(&path, block).expect("written");
            inputs.push(path);
        }
    }
    assert!(inputs.len() > 3, "{inputs:?}");
    let report = lint::run(&request(inputs)).expect("plugins are found");
    let wrong =
        ["duplicate-key", "trailing-space", "quoted-value", "comment-in-value", "lost-backslash", "syntax"];
    let found: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| wrong.contains(&finding.rule.id))
        .map(|finding| format!("{}: {}", report.files[finding.file].name, finding.message))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// Compares, or writes, what stands between two lines of a file in `docs`.
fn documented(file: &str, begin: &str, end: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(file);
    let whole = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (head, rest) = whole.split_once(begin).unwrap_or_else(|| panic!("{file} has no {begin:?}"));
    let (found, tail) = rest.split_once(end).unwrap_or_else(|| panic!("{file} has no {end:?}"));
    if recording() {
        std::fs::write(&path, format!("{head}{begin}{text}{end}{tail}")).expect("written");
        return;
    }
    assert!(found == text, "docs/{file} differs; FERRY_RECORD=1 writes it anew\n{text}");
}
