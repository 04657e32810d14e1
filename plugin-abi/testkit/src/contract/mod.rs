//! The delivery contract as checks that any connector must pass.
//!
//! A check drives the connector and writes down what it saw; what must hold is asserted on the way.
//! [`Subject::check`] runs it with the linked classes and with the built library, and both must have seen
//! the same.

pub mod common;
pub mod converter;
pub mod sink;
pub mod source;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ferry_plugin_abi::api::PluginClass;
use ferry_plugin_abi::config::ConfigMap;

/// What to check, and how.
pub struct Subject {
    /// The class name.
    pub class: &'static str,
    /// The linked classes, as `plugin!` defines them.
    pub classes: fn() -> Vec<PluginClass>,
    /// The directory of the plugin's `Cargo.toml`.
    pub manifest: &'static str,
    /// A configuration that works, all it needs (input files, say) made in the given empty directory. A
    /// source must find at least [`Subject::RECORDS`] records with it.
    pub config: fn(&Path) -> ConfigMap,
    /// A sink's: what the destination holds now, one text per record that was put.
    pub written: Option<fn(&Path) -> Vec<String>>,
}

/// A world of its own for one run of a check.
pub struct Run<'s> {
    /// What is checked.
    pub subject: &'s Subject,
    /// The class, linked or loaded.
    pub class: &'s PluginClass,
    directory: tempfile::TempDir,
    /// The configuration that works here.
    pub config: ConfigMap,
    seen: Vec<String>,
}

impl Subject {
    /// How many records a source must have to give.
    pub const RECORDS: usize = 5;

    /// Runs `check` both ways.
    ///
    /// # Panics
    /// If the contract is broken, or the two ways differ.
    pub fn check(&self, check: fn(&mut Run<'_>)) {
        let linked = self.check_linked(check);
        let loaded = self.run(&crate::load(self.library(), self.class), check);
        assert_eq!(loaded, linked, "the library (left) behaves unlike the linked class (right)");
    }

    /// Runs `check` with the linked classes alone, and returns what it saw.
    ///
    /// # Panics
    /// If the contract is broken.
    pub fn check_linked(&self, check: fn(&mut Run<'_>)) -> Vec<String> {
        ferry_sdk::log::install();
        let class = (self.classes)().into_iter().find(|class| class.class == self.class);
        let class = class.unwrap_or_else(|| panic!("`classes` has no {}", self.class)).guarded();
        self.run(&class, check)
    }

    fn run(&self, class: &PluginClass, check: fn(&mut Run<'_>)) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("no directory for a run: {error}"));
        let config = (self.config)(directory.path());
        let mut run = Run { subject: self, class, directory, config, seen: Vec::new() };
        check(&mut run);
        run.seen
    }

    fn library(&self) -> &Path {
        // Built once per test binary, which holds the tests of one crate.
        static BUILT: OnceLock<PathBuf> = OnceLock::new();
        BUILT.get_or_init(|| crate::built(Path::new(self.manifest)))
    }
}

impl Run<'_> {
    /// Writes down what was seen; it must not depend on the directory or the time.
    pub fn saw(&mut self, what: impl std::fmt::Debug) {
        let text = format!("{what:?}");
        let here = self.directory.path().to_string_lossy().into_owned();
        self.seen.push(text.replace(&here, "<directory>"));
    }
    /// What a sink's destination holds; `None` if the author did not say how to look.
    pub fn written(&self) -> Option<Vec<String>> {
        self.subject.written.map(|written| written(self.directory.path()))
    }
}

/// Makes the tests of the delivery contract for a source or a sink. See [`Subject`] for the parts.
///
/// ```text
/// ferry_testkit::contract! {
///     source "org.example.CounterSource" {
///         classes: counter_source::classes,
///         config: |_| ConfigMap::from([("topic", "t")]),
///     }
/// }
/// ferry_testkit::contract! {
///     sink "org.example.FileSink" {
///         classes: file_sink::classes,
///         config: |directory| ConfigMap::from([("file", directory.join("out").display().to_string())]),
///         written: |directory| std::fs::read_to_string(directory.join("out")).unwrap().lines().map(str::to_owned).collect(),
///     }
/// }
/// ```
///
/// `manifest: "directory"` says where the plugin's `Cargo.toml` is, if the test is in another crate.
#[macro_export]
macro_rules! contract {
    (source $class:literal { $($parts:tt)* }) => {
        mod source_contract {
            #[allow(unused_imports)]
            use super::*;
            $crate::__subject!($class { $($parts)* });
            $crate::__checks!(common: describes_its_keys names_what_is_missing ignores_unknown_keys
                has_at_most_as_many_tasks_as_wanted calls_before_start_fail stops_twice_and_unstarted);
            $crate::__checks!(source: gives_records_with_origins goes_on_after_each_committed_offset
                gives_what_was_not_committed_again commits_more_than_once poll_ends_when_told_to_stop
                fails_when_offsets_cannot_be_read);
        }
    };
    (sink $class:literal { $($parts:tt)* }) => {
        mod sink_contract {
            #[allow(unused_imports)]
            use super::*;
            $crate::__subject!($class { $($parts)* });
            $crate::__checks!(common: describes_its_keys names_what_is_missing ignores_unknown_keys
                has_at_most_as_many_tasks_as_wanted calls_before_start_fail stops_twice_and_unstarted);
            $crate::__checks!(sink: takes_an_empty_batch what_it_commits_is_written commits_no_more_than_asked
                takes_a_batch_again keeps_what_it_needs_of_a_batch gives_partitions_back put_ends_when_told_to_stop
                takes_records_without_key_and_value);
        }
    };
}

#[macro_export]
#[doc(hidden)]
macro_rules! __subject {
    ($class:literal { $($name:ident : $value:expr),+ $(,)? }) => {
        fn subject() -> $crate::contract::Subject {
            #[allow(unused_mut)]
            let mut subject = $crate::contract::Subject {
                class: $class,
                classes: ::std::vec::Vec::new,
                manifest: env!("CARGO_MANIFEST_DIR"),
                config: |_| $crate::contract::common::no_config(),
                written: None,
            };
            $($crate::__part!(subject $name $value);)+
            subject
        }
    };
}

#[macro_export]
#[doc(hidden)]
macro_rules! __part {
    ($subject:ident written $value:expr) => {
        $subject.written = Some($value)
    };
    ($subject:ident $name:ident $value:expr) => {
        $subject.$name = $value
    };
}

#[macro_export]
#[doc(hidden)]
macro_rules! __checks {
    ($group:ident: $($check:ident)+) => {
        $(#[test]
        fn $check() {
            subject().check($crate::contract::$group::$check);
        })+
    };
}
