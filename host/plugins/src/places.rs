//! Where plugins may be: the files that `plugin.path` leads to.

use std::path::{Path, PathBuf};

use crate::{Reason, Refusal};

/// A file and the location that it is listed under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub file: PathBuf,
    pub location: PathBuf,
}

/// All shared libraries of `plugin.path`, in its order. An element is a library, a directory of
/// libraries and of plugin directories (`<owner>-<name>[-<version>]/lib/*.so`), or a plugin
/// directory itself. What is missing is logged and left out; Java archives are refused by name.
pub(crate) fn places(path: &[PathBuf]) -> (Vec<Place>, Vec<Refusal>) {
    let mut found = Found::default();
    for element in path {
        let element = std::path::absolute(element).unwrap_or_else(|_| element.clone());
        match element.metadata() {
            Ok(data) if data.is_dir() => found.element(&element),
            Ok(_) if is_library(&element) => found.add(&element, &element),
            Ok(_) => {
                tracing::error!(path = %element.display(), "plugin path is neither a directory nor a shared library, ignored: name the folder of the plugins in plugin.path")
            }
            Err(error) => {
                tracing::error!(path = %element.display(), %error, "plugin path cannot be read, ignored: make it, or name another in plugin.path")
            }
        }
    }
    (found.places, found.refusals)
}

#[derive(Default)]
struct Found {
    places: Vec<Place>,
    refusals: Vec<Refusal>,
}

impl Found {
    fn add(&mut self, file: &Path, location: &Path) {
        let place = Place { file: file.to_owned(), location: location.to_owned() };
        if self.places.iter().all(|p| p.file != place.file) {
            self.places.push(place);
        }
    }

    fn element(&mut self, directory: &Path) {
        for child in children(directory) {
            if is_library(&child) {
                self.add(&child, &child);
            } else if child.file_name().is_some_and(|n| n == "lib") {
                self.libraries(&child, directory);
            } else if child.is_dir() {
                self.plugin(&child);
            } else if is_archive(&child) {
                self.refuse_java(&child, &child);
            }
        }
    }

    fn plugin(&mut self, directory: &Path) {
        let before = self.places.len();
        self.libraries(directory, directory);
        self.libraries(&directory.join("lib"), directory);
        if self.places.len() == before {
            let archives = children(directory).into_iter().chain(children(&directory.join("lib")));
            if let Some(archive) = archives.into_iter().find(|file| is_archive(file)) {
                self.refuse_java(directory, &archive);
            }
        }
    }

    fn libraries(&mut self, directory: &Path, location: &Path) {
        for file in children(directory).into_iter().filter(|file| is_library(file)) {
            self.add(&file, location);
        }
    }

    fn refuse_java(&mut self, place: &Path, archive: &Path) {
        let name = archive.file_name().unwrap_or_default().to_string_lossy();
        self.refusals.push(Refusal::new(
            place,
            Reason::Java,
            format!("the Java archive {name}"),
            "a shared library built for Ferry",
            "install the Ferry build of this plugin beside it, Ferry runs no Java",
        ));
    }
}

fn children(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = directory.read_dir() else { return Vec::new() };
    let mut children: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    children.retain(|path| path.file_name().is_some_and(|n| !n.as_encoded_bytes().starts_with(b".")));
    children.sort();
    children
}

fn is_library(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "so") && path.is_file()
}
fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "jar" || e == "zip") && path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn bare_files_and_hub_directories_are_found() {
        let dir = tempfile::tempdir().expect("a directory");
        let root = dir.path();
        for file in [
            "libb.so",
            "liba.so",
            ".hidden.so",
            "README.md",
            "o-n-1.0/lib/libn.so",
            "o-n-1.0/manifest.json",
            "o-n-2.0/lib/libn.so",
            "o-n-2.0/lib/notes.txt",
            "flat/libf.so",
            "java/lib/x.jar",
            "old.jar",
            "lib/libself.so",
        ] {
            let file = root.join(file);
            fs::create_dir_all(file.parent().expect("a parent")).expect("made");
            fs::write(file, "").expect("written");
        }
        let (places, refusals) = places(&[root.to_owned(), root.join("missing"), root.join("liba.so")]);
        let shown: Vec<_> = places
            .iter()
            .map(|p| {
                [&p.file, &p.location]
                    .map(|p| p.strip_prefix(root).expect("inside").display().to_string())
                    .join(" @ ")
            })
            .collect();
        assert_eq!(
            shown,
            [
                "flat/libf.so @ flat",
                "lib/libself.so @ ",
                "liba.so @ liba.so",
                "libb.so @ libb.so",
                "o-n-1.0/lib/libn.so @ o-n-1.0",
                "o-n-2.0/lib/libn.so @ o-n-2.0",
            ]
        );
        let refused: Vec<_> = refusals
            .iter()
            .map(|r| (r.reason, r.file.strip_prefix(root).expect("inside").to_owned()))
            .collect();
        assert_eq!(refused, [(Reason::Java, "java".into()), (Reason::Java, "old.jar".into())]);
    }
}
