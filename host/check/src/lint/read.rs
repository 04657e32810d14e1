//! From a file to the configurations in it.

use std::path::Path;

use ferry_config::connector::defs;
use ferry_config::connector_file::{self, InitialState};
use ferry_config::properties::{self, Document, Malformed, Place, Span};
use ferry_config::suggest::nearest;
use ferry_config::worker::DEF;

use super::allow::{self, Allowed};
use super::complaint::mistyped;
use super::finding::{File, Finding};
use super::rule::{self, Level};
use super::subject::{Setting, Subject};
use crate::text::{Key, Kind, Node, json};

/// What a configuration is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A worker.
    Worker,
    /// A connector.
    Connector,
}

/// A file, and what is in it.
pub struct Read {
    /// The file itself.
    pub file: File,
    /// The configurations in it; none where it cannot be understood, or is about something else.
    pub subjects: Vec<(Role, Subject)>,
    /// What is wrong with it as a file.
    pub findings: Vec<Finding>,
    /// What comments in it allow.
    pub allowed: Vec<Allowed>,
}

const START: Span = Span { at: Place { line: 1, column: 1 }, length: 0 };

/// Reads a file. `named` says that the user asked for this very file: then it must be a configuration.
pub fn read(name: &str, bytes: Vec<u8>, index: usize, named: bool) -> Read {
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let is_json = match ending {
        "json" => true,
        "properties" => false,
        _ => matches!(first, Some(b'{' | b'[')),
    };
    let utf8 = std::str::from_utf8(&bytes).err().map(|error| error.valid_up_to());
    let text = properties::decode(bytes);
    let mut read = Read {
        file: File { name: name.to_owned(), text, hidden: Vec::new() },
        subjects: Vec::new(),
        findings: Vec::new(),
        allowed: Vec::new(),
    };
    if is_json {
        read.json(index, named, utf8)
    } else {
        read.properties(index, named, utf8)
    }
    for (_, subject) in &read.subjects {
        read.file.hidden.extend(subject.secrets());
    }
    read
}

impl Read {
    fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Where the byte at `offset` of the file was, which was no UTF-8 from there on.
    fn place_of(&self, offset: usize) -> Span {
        // Before it, bytes and characters differ only where UTF-8 was read as ISO-8859-1: count lines by bytes.
        let before: String = self.file.text.chars().take(offset).collect();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Span { at: Place { line, column }, length: 1 }
    }

    fn properties(&mut self, index: usize, named: bool, not_utf8: Option<usize>) {
        let document = match properties::document(&self.file.text) {
            Ok(document) => document,
            Err(Malformed(at)) => {
                let message = format!("{} \\u is followed by four hexadecimal digits", properties::MALFORMED);
                let finding = Finding::new(&rule::SYNTAX, index, Span { at, length: 1 }, message);
                return self.found(finding.help("write \\\\u for a backslash and a u"));
            }
        };
        let mut subject = Subject::of_properties(index, &document);
        if let Some(first) = subject.settings.first_mut()
            && let Some(key) = first.key.strip_prefix('\u{feff}')
        {
            // That is said once, and not again of the key.
            first.key = key.to_owned();
        }
        let Some(role) = role(&subject).or(named.then_some(Role::Connector)) else { return };
        self.encoding(index, &document, not_utf8);
        let (allowed, unknown) = allow::of_comments(index, &document);
        self.allowed = allowed;
        self.findings.extend(unknown);
        if role == Role::Connector
            && let text = self.file.text.trim_start_matches('\u{feff}')
            && let Err(error) = connector_file::parse(text.to_owned().into_bytes(), &self.file.name)
        {
            self.found(nameless(&subject, &error.to_string()));
        }
        self.subjects.push((role, subject));
    }

    fn encoding(&mut self, index: usize, document: &Document, not_utf8: Option<usize>) {
        if self.file.text.starts_with('\u{feff}') {
            let at = Span { length: 1, ..START };
            let message = "the file begins with a byte order mark, which becomes part of the first key";
            let mut finding = Finding::new(&rule::ENCODING, index, at, message);
            // Whatever that key is, a worker misses it.
            finding.level = Level::Error;
            self.found(finding.help("save the file as UTF-8 without a byte order mark"));
        }
        if let Some(offset) = not_utf8 {
            let message = "the file is no UTF-8 and is read as ISO-8859-1";
            let finding = Finding::new(&rule::ENCODING, index, self.place_of(offset), message);
            self.found(finding.help("save it as UTF-8, or write the letter as \\uxxxx"));
            return;
        }
        let is_ascii = |text: &str| text.trim_start_matches('\u{feff}').is_ascii();
        let entry = document.entries.iter().find(|entry| !entry.written.is_ascii() || !is_ascii(&entry.key));
        let Some(entry) = entry else { return };
        let message =
            format!("the JVM worker reads other letters in {}: it takes the file for ISO-8859-1", entry.key);
        let at = if entry.written.is_ascii() { entry.key_at } else { entry.value_at };
        let letter = entry.written.chars().chain(entry.key.chars()).find(|c| !c.is_ascii());
        let escape = letter.map(|c| {
            let units: String =
                c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
            format!("{units} is {c} for both")
        });
        let finding =
            Finding::new(&rule::NON_ASCII, index, at, message).about(&entry.key, Some(&entry.value));
        self.found(finding.maybe_help(escape));
    }

    fn json(&mut self, index: usize, named: bool, not_utf8: Option<usize>) {
        let fault = |at, why: String| Finding::new(&rule::SYNTAX, index, Span { at, length: 1 }, why);
        if let Some(offset) = not_utf8 {
            let at = self.place_of(offset).at;
            return self.found(fault(at, "JSON is UTF-8, and this byte is not".to_owned()));
        }
        let (node, rest) = match json::first(&self.file.text) {
            Ok(read) => read,
            // In a folder, it may be about anything.
            Err(_) if !named && !self.file.text.contains("connector.class") => return,
            Err(error) => return self.found(fault(error.at, error.why)),
        };
        let is_connector = |node: &Node| {
            let has = |node: &Node| node.get("connector.class").is_some();
            has(node) || node.get("config").is_some_and(has)
        };
        let elements: Vec<&Node> = match &node.kind {
            Kind::List(items) => items.iter().collect(),
            _ => vec![&node],
        };
        if !named && !elements.iter().any(|node| is_connector(node)) {
            return;
        }
        if let Some(at) = rest {
            let message = "a worker does not read what stands behind the first JSON value";
            let finding = Finding::new(&rule::TRAILING_TEXT, index, Span { at, length: 1 }, message);
            self.found(finding.help("several connectors stand in an array, or in files of their own"));
        }
        if elements.is_empty() {
            let message = "the array holds no connector";
            self.found(Finding::new(&rule::INVALID_FILE, index, node.at, message));
        }
        for element in elements {
            self.element(index, element);
        }
    }

    /// One connector of a JSON file: a map of settings, or a request.
    fn element(&mut self, index: usize, node: &Node) {
        let Some(entries) = node.entries() else {
            let message = format!("a connector is a JSON object, not {}", node.noun());
            return self.found(Finding::new(&rule::INVALID_FILE, index, node.at, message));
        };
        let request = node.get("config").filter(|config| matches!(config.kind, Kind::Map(_)));
        let mut subject = Subject::of_json(index, request.unwrap_or(node));
        if request.is_some() {
            self.request(index, entries);
            if subject.setting("name").is_none()
                && let Some((key, value)) = entries.iter().find(|(key, _)| key.text == "name")
            {
                subject.settings.insert(
                    0,
                    Setting {
                        key: "name".to_owned(),
                        value: value.scalar(),
                        written: None,
                        key_at: key.at,
                        value_at: value.at,
                    },
                );
            }
        }
        let settings = request.and_then(Node::entries).unwrap_or(entries);
        let nested = settings.iter().filter(|(_, value)| matches!(value.kind, Kind::List(_) | Kind::Map(_)));
        let mut whole = true;
        for (key, value) in nested {
            whole = false;
            let message = format!("the value of {} is {}; settings are texts", key.text, value.noun());
            let finding = Finding::new(&rule::INVALID_FILE, index, value.at, message).about(&key.text, None);
            self.found(finding.maybe_help(
                matches!(value.kind, Kind::List(_)).then(|| "write a list as \"a,b\"".to_owned()),
            ));
        }
        let mut json = node.to_json();
        if let Some(fields) = json.as_object_mut().filter(|_| request.is_some()) {
            // A wrong one was said to be wrong, and would keep the worker from saying more.
            fields.remove("initial_state");
        }
        let text = json.to_string().into_bytes();
        if whole && let Err(error) = connector_file::parse(text, &self.file.name) {
            self.found(nameless(&subject, &error.to_string()));
        }
        self.subjects.push((Role::Connector, subject));
    }

    /// The fields of a request beside `config`.
    fn request(&mut self, index: usize, entries: &[(Key, Node)]) {
        const KNOWN: [&str; 5] = ["name", "config", "initial_state", "tasks", "type"];
        for (key, value) in entries {
            let finding =
                |rule, at, message: String| Finding::new(rule, index, at, message).about(&key.text, None);
            if !KNOWN.contains(&key.text.as_str()) {
                let message = format!("{} is no field of a request and is passed over", key.text);
                let meant = nearest(&key.text, KNOWN, 3).map(|meant| format!("did you mean {meant}?"));
                let help = meant.unwrap_or_else(|| "settings stand inside of \"config\"".to_owned());
                self.found(finding(&rule::UNKNOWN_KEY, key.at, message).help(help));
            }
            let state = value.scalar().filter(|_| key.text == "initial_state");
            if let Some(state) = state.filter(|state| InitialState::parse(state).is_none()) {
                let message = format!("unknown initial_state '{state}'");
                let meant = nearest(&state.to_uppercase(), ["RUNNING", "PAUSED", "STOPPED"], 3).map_or_else(
                    || "it is RUNNING, PAUSED or STOPPED".to_owned(),
                    |m| format!("did you mean {m}?"),
                );
                self.found(finding(&rule::INVALID_VALUE, value.at, message).help(meant));
            }
        }
    }
}

/// What the worker says of a connector file that it cannot take.
fn nameless(subject: &Subject, error: &str) -> Finding {
    let error = error.split(" (not valid JSON: ").next().unwrap_or_default();
    if error.contains("doesn't match the one specified in 'name'") {
        return subject.on_value(&rule::INVALID_VALUE, "name", error);
    }
    let found =
        subject.on_value(&rule::MISSING_KEY, "name", error).help("set name: each connector has its own");
    mistyped(found, subject, "name", &|name| name == "name" || defs::sink().key(name).is_some())
}

/// What a properties file is for, by the look of its keys; `None` if it is about something else.
fn role(subject: &Subject) -> Option<Role> {
    const WORKER: [&str; 9] = [
        "offset.",
        "config.providers",
        "config.storage.",
        "status.storage.",
        "listeners",
        "rest.",
        "plugin.",
        "bootstrap.servers",
        "internal.",
    ];
    const CONNECTOR: [&str; 8] = [
        "connector.",
        "tasks.max",
        "topics",
        "transforms",
        "predicates",
        "errors.",
        "name",
        "topic.creation.groups",
    ];
    let of = |prefixes: &[&str], key: &str| prefixes.iter().any(|prefix| key.starts_with(prefix));
    let keys = || subject.settings.iter().map(|setting| setting.key.as_str());
    if keys().any(|key| key == "connector.class") {
        return Some(Role::Connector);
    }
    let worker = keys().filter(|key| of(&WORKER, key) || DEF.key(key).is_some()).count();
    let connector = keys().filter(|key| of(&CONNECTOR, key) || key.contains(".override.")).count();
    // Converters are in both.
    let decided = keys().any(|key| of(&WORKER, key)) || connector > 0;
    match decided {
        false => None,
        true if worker > connector => Some(Role::Worker),
        true => Some(Role::Connector),
    }
}
