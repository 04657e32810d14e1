//! The rules: what can be found, how bad it is, and why.

use serde::Serialize;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A worker refuses the file, or what it does is never what was meant.
    Error,
    /// It works, and is likely not what was meant.
    Warning,
    /// Worth knowing.
    Note,
}

impl Level {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Something that is looked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name on the command line, in comments and in reports; never changes.
    pub id: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What is found, in a few words.
    pub summary: &'static str,
    /// Why it matters and what to do.
    pub explanation: &'static str,
}

macro_rules! rules {
    ($($name:ident $id:literal $level:ident $summary:literal $explanation:literal)*) => {
        $(
            #[doc = $summary]
            pub static $name: Rule =
                Rule { id: $id, level: Level::$level, summary: $summary, explanation: $explanation };
        )*
        /// All of them, the worst first.
        pub static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    SYNTAX "syntax" Error "The file is no JSON or no properties file."
        "JSON is strict: double quotes, no comma before a closing brace, no comments. In properties files a `\\u` is \
         followed by four hexadecimal digits. A worker falls back from broken JSON to properties and then misses the \
         name; the place of the fault is told only here."
    INVALID_FILE "invalid-file" Error "The file is no configuration of a connector."
        "A connector file is a flat JSON object of settings, a request `{\"name\": …, \"config\": {…}}`, or a \
         properties file. A JSON array of the first two may be checked too. The values of settings are strings, \
         numbers, booleans or null, never objects or arrays."
    MISSING_KEY "missing-key" Error "A required setting is missing."
        "The setting has no default, so the configuration is refused. If another key looks like it, it is named: most \
         missing keys are mistyped ones. A name in `transforms` or `predicates` needs a `.type`."
    INVALID_VALUE "invalid-value" Error "The value does not fit its setting."
        "The worker's own validation says so, in the same words, or the worker would say so when the connector \
         starts. The type, the range and the words that are allowed come from the definition that the plugin brings."
    UNKNOWN_CLASS "unknown-class" Error "No plugin has this class."
        "The class of a connector, transform, predicate or converter is looked for among the classes that are built \
         in and those in `plugin.path`. Transforms for keys and values are written `…$Key` and `…$Value`. \
         `ferry plugins list --all` shows what there is. Give `--plugin-path` or a worker file to look where the \
         worker does."
    TOPICS_AND_REGEX "topics-and-regex" Error "A sink has both topics and topics.regex, or neither."
        "A sink reads a list of topics or those that a pattern matches. Remove one of the two."
    UNKNOWN_PREDICATE "unknown-predicate" Error "A transform names a predicate that is not in the list."
        "`transforms.X.predicate` is a name out of the list `predicates`. Validation over REST lets this pass; the \
         tasks fail when they start."
    PLUGIN_REFUSES "plugin-refuses" Error "A transform or predicate refuses its settings."
        "Each of its settings is valid by itself, but not all of them together. Validation over REST lets this pass; \
         the tasks fail when they start."
    DUPLICATE_CONNECTOR "duplicate-connector" Error "Two configurations have the same connector name."
        "Names are unique in a worker: the second one is refused, or replaces the first."
    DUPLICATE_KEY "duplicate-key" Error "A key is there twice."
        "The last one counts, and the others are passed over in silence. Remove all but one."
    UNRESOLVED "unresolved-reference" Error "A reference to a config provider cannot be resolved."
        "Found with `--resolve` only: the provider failed, or is none that can be loaded."
    UNKNOWN_KEY "unknown-key" Warning "Nobody knows this setting."
        "Neither the framework nor the plugin defines it, so it changes nothing. Most of them are typing errors: the \
         nearest known name is told."
    NO_EFFECT "no-effect" Warning "The setting changes nothing here."
        "It is known, but nothing goes by it: a setting of distributed workers in a standalone one, a setting of the \
         worker in a connector, or one that another setting switches off."
    DEPRECATED_KEY "deprecated-key" Warning "The setting is deprecated."
        "A later release of Kafka will not have it any more, or has dropped it already."
    CONVERTER_NOT_SET "converter-not-set" Warning "Settings of a converter that the connector does not name."
        "`key.converter.schemas.enable` and its like belong to the `key.converter` of the same file. A connector that \
         names none has the worker's converter with the worker's settings, and its own are passed over."
    UNLISTED_TRANSFORM "unlisted-transform" Warning "A transform or predicate has settings and is not in the list."
        "Only what `transforms` and `predicates` list is used."
    UNUSED_PREDICATE "unused-predicate" Warning "No transform uses the predicate."
        "A predicate does something only where a transform names it with `transforms.X.predicate`."
    UNLISTED_GROUP "unlisted-topic-group" Warning "Settings of a topic group that is not in the list."
        "Only groups in `topic.creation.groups`, and `default`, are used."
    PLAIN_SECRET "plain-secret" Warning "A secret is written in plain text."
        "Files are copied, committed and sent by mail. Refer to it with `${provider:path:key}` and a config provider \
         of the worker. The value is not shown in reports."
    NO_DLQ "no-dead-letter-queue" Warning "Bad records are skipped and kept nowhere."
        "With `errors.tolerance=all` a sink goes on past records that fail. Without \
         `errors.deadletterqueue.topic.name` they are gone."
    IDLE_TASKS "idle-tasks" Warning "More tasks than the connector can use."
        "A FileStream source reads its file with one task; the others are never made."
    TRAILING_SPACE "trailing-space" Warning "The value ends in white space."
        "In properties files, white space before the end of the line belongs to the value. Kafka trims most values, \
         but not all: passwords keep it, and so do the settings of clients and many plugins."
    QUOTED_VALUE "quoted-value" Warning "The value stands in quotes."
        "Properties files know no quotes: they become part of the value."
    COMMENT_IN_VALUE "comment-in-value" Warning "The value holds what looks like a comment."
        "In properties files a comment stands on a line of its own: `#` behind a value is part of it."
    LOST_BACKSLASH "lost-backslash" Warning "A backslash that is dropped."
        "In properties files `\\` begins an escape. Before a letter that is none it disappears: the pattern `\\d+` \
         becomes `d+`, the path `C:\\data` becomes `C:data`. Write `\\\\`."
    ENCODING "encoding" Warning "The encoding of the file leads to other characters than were meant."
        "A properties file is read as UTF-8, or as ISO-8859-1 where it is no UTF-8. A byte order mark becomes part of \
         the first key."
    UNKNOWN_PROVIDER "unknown-provider" Warning "A reference to a config provider that the worker does not have."
        "Looked for where a worker file is given. A reference to a provider that is not in `config.providers` is not \
         replaced: the connector gets the text `${…}` itself."
    MISSING_PATH "missing-path" Warning "A folder of plugin.path is not there."
        "Plugins in it are not found."
    REFUSED_PLUGIN "refused-plugin" Warning "A file of plugin.path is refused."
        "Its classes are not there. `ferry plugins list` shows the same."
    SHARED_GROUP "shared-group" Warning "Two sinks are in one consumer group."
        "Members of a group share the partitions: each sink gets a part of the records. A group is shared through \
         `consumer.override.group.id`, or by two connectors that have one name."
    SHARED_OFFSETS "shared-offsets-topic" Warning "A connector stores its offsets where records go."
        "`offsets.storage.topic` is for offsets alone: a topic that a connector writes to or a sink reads is none for \
         them."
    SHARED_FILE "shared-file" Warning "Two FileStream connectors use one file."
        "Two sources read every line twice. Two sinks mix their lines; a source and a sink of one file may never end."
    TRAILING_TEXT "trailing-text" Warning "There is text after the JSON object."
        "A worker reads the first value of the file and passes over the rest. Put several connectors into an array, \
         or into files of their own."
    UNKNOWN_RULE "unknown-rule" Warning "A comment allows a rule that does not exist."
        "`# ferry-lint: allow ID` takes the names in this list."
    UNCHECKED "unchecked" Note "Something could not be checked."
        "The class of the connector comes from a config provider, so its settings are unknown. `--resolve` asks the \
         providers."
    NON_ASCII "non-ascii" Note "The JVM worker reads other characters."
        "Kafka reads properties files as ISO-8859-1, this worker as UTF-8. Written as `\\u00e9`, a letter is the same \
         for both."
}

/// The rule of this name.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_there_once_and_the_worst_rules_come_first() {
        let ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), ids.len());
        assert!(RULES.is_sorted_by_key(|rule| rule.level));
    }
}
