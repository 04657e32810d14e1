//! Profiles: how to reach a worker, by name, in a file.

use std::path::{Path, PathBuf};

use ferry_config::suggest::nearest;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::failure::{Failure, Result};

/// The settings of a profile.
pub const KEYS: [&str; 8] =
    ["url", "user", "password", "password_command", "password_env", "ca", "cert", "key"];

/// How to reach a worker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// URLs of workers of one cluster; the first that answers is used.
    pub urls: Vec<String>,
    /// Name for basic authentication.
    pub user: Option<String>,
    /// The password itself.
    pub password: Option<String>,
    /// A command that prints it.
    pub password_command: Option<String>,
    /// A variable that holds it.
    pub password_env: Option<String>,
    /// PEM file with the certificates to trust.
    pub ca: Option<String>,
    /// PEM file with the certificate to show.
    pub cert: Option<String>,
    /// PEM file with its private key.
    pub key: Option<String>,
}

/// The file of profiles. Comments and order stay when it is changed.
#[derive(Clone, Debug)]
pub struct Profiles {
    path: PathBuf,
    document: DocumentMut,
}

impl Profiles {
    /// `$XDG_CONFIG_HOME/ferry/config.toml`, else `~/.config/ferry/config.toml`.
    pub fn path() -> PathBuf {
        let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let config = named("XDG_CONFIG_HOME").or_else(|| named("HOME").map(|home| home.join(".config")));
        config.unwrap_or_else(|| PathBuf::from(".config")).join("ferry/config.toml")
    }

    /// Reads the file; one that is not there holds nothing.
    ///
    /// # Errors
    /// It cannot be read, is not TOML, or has keys that nobody knows.
    pub fn load(path: &Path) -> Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::config(format!("cannot read {}: {error}", path.display()))),
        };
        let document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
            Failure::config(format!("{}: {}", path.display(), error.to_string().trim_end()))
        })?;
        let profiles = Self { path: path.to_owned(), document };
        profiles.check()?;
        Ok(profiles)
    }

    fn fault(&self, what: String) -> Failure {
        Failure::config(format!("{}: {what}", self.path.display()))
    }

    fn check(&self) -> Result<()> {
        for (key, item) in self.document.iter() {
            match key {
                "profile" if item.as_str().is_some() => {}
                "profiles" if item.as_table_like().is_some() => {}
                "profile" | "profiles" => {
                    return Err(self.fault(format!("{key} has the wrong type")).mend(SHAPE));
                }
                _ => return Err(self.fault(format!("{key} is not known")).mend(SHAPE)),
            }
        }
        self.names().iter().try_for_each(|name| self.get(name).map(drop))
    }

    /// The names of all profiles, as they stand in the file.
    pub fn names(&self) -> Vec<String> {
        let tables = self.document.get("profiles").and_then(Item::as_table_like);
        tables.into_iter().flat_map(|t| t.iter()).map(|(name, _)| name.to_owned()).collect()
    }

    /// The profile that is used where none is named.
    pub fn current(&self) -> Option<&str> {
        self.document.get("profile").and_then(Item::as_str)
    }

    /// A profile.
    ///
    /// # Errors
    /// There is none of that name, or it has a setting that cannot be used.
    pub fn get(&self, name: &str) -> Result<Profile> {
        let Some(item) = self.document.get("profiles").and_then(|profiles| profiles.get(name)) else {
            return Err(self.unknown(name));
        };
        let table = item
            .as_table_like()
            .ok_or_else(|| self.fault(format!("profiles.{name} is no table")).mend(SHAPE))?;
        let mut profile = Profile::default();
        for (key, item) in table.iter() {
            let wrong = || self.fault(format!("profiles.{name}.{key} must be text")).mend(SHAPE);
            let text = || item.as_str().map(str::to_owned).ok_or_else(wrong);
            match key {
                "url" => profile.urls = urls(item).ok_or_else(wrong)?,
                "user" => profile.user = Some(text()?),
                "password" => profile.password = Some(text()?),
                "password_command" => profile.password_command = Some(text()?),
                "password_env" => profile.password_env = Some(text()?),
                "ca" => profile.ca = Some(text()?),
                "cert" => profile.cert = Some(text()?),
                "key" => profile.key = Some(text()?),
                _ => {
                    let fault = self.fault(format!("profiles.{name}.{key} is not known"));
                    return Err(match nearest(key, KEYS, 3) {
                        Some(near) => fault.mend(format!("did you mean {near}?")),
                        None => fault.mend(format!("known are {}", KEYS.join(", "))),
                    });
                }
            }
        }
        Ok(profile)
    }

    fn unknown(&self, name: &str) -> Failure {
        let names = self.names();
        let fault = self.fault(format!("there is no profile {name}"));
        match nearest(name, names.iter().map(String::as_str), 3) {
            Some(near) => fault.mend(format!("did you mean {near}?")),
            None if names.is_empty() => fault.mend(format!("make it: ferry profiles set {name} --url URL")),
            None => fault.mend(format!("known are {}", names.join(", "))),
        }
    }

    /// Sets (or with `None` removes) a setting, and makes the profile if it is new.
    pub fn set(&mut self, name: &str, key: &str, text: Option<Item>) {
        let profiles = self.document.entry("profiles").or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        if profiles.get(name).is_none() {
            profiles[name] = Item::Table(Table::new());
        }
        match text {
            Some(item) => profiles[name][key] = item,
            None => {
                if let Some(table) = profiles[name].as_table_like_mut() {
                    table.remove(key);
                }
            }
        }
    }

    /// Takes this one where none is named.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn choose(&mut self, name: &str) -> Result<()> {
        self.get(name)?;
        self.document["profile"] = value(name);
        Ok(())
    }

    /// Takes a profile out.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn remove(&mut self, name: &str) -> Result<()> {
        self.get(name)?;
        if let Some(table) = self.document.get_mut("profiles").and_then(Item::as_table_like_mut) {
            table.remove(name);
        }
        if self.current() == Some(name) {
            self.document.remove("profile");
        }
        Ok(())
    }

    /// Writes the file, which only its owner may read.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&self) -> Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let written = std::fs::create_dir_all(folder)
            .and_then(|()| write_private(&self.path, &self.document.to_string()));
        written.map_err(|error| self.fault(format!("cannot be written: {error}")))
    }
}

const SHAPE: &str = "the file looks like this:\n  profile = \"prod\"\n  [profiles.prod]\n  url = \"https://connect:8083\"\n  user = \"admin\"\n  password_command = \"pass show connect\"";

fn urls(item: &Item) -> Option<Vec<String>> {
    if let Some(text) = item.as_str() {
        return Some(text.split(',').map(|url| url.trim().to_owned()).collect());
    }
    item.as_array()?.iter().map(|url| url.as_str().map(str::to_owned)).collect()
}

/// Replaces a file in one step.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let fresh = path.with_extension("toml.new");
    let mut file =
        std::fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles(text: &str) -> Result<Profiles> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        Profiles::load(&path)
            .map(|mut p| {
                p.path = PathBuf::from("config.toml");
                p
            })
            .map_err(|mut failure| {
                failure.message = failure.message.replace(&dir.path().display().to_string(), "");
                failure
            })
    }

    const TEXT: &str = "# mine\nprofile = \"local\"\n\n[profiles.local]\nurl = \"http://localhost:8083\"\n\n\
                        [profiles.prod] # careful\nurl = [\"https://a:8083\", \"https://b:8083\"]\nuser = \"u\"\npassword_env = \"PW\"\n";

    #[test]
    fn reads_what_is_there() {
        let found = profiles(TEXT).unwrap();
        assert_eq!(
            (found.names(), found.current()),
            (vec!["local".to_owned(), "prod".to_owned()], Some("local"))
        );
        let expected = Profile {
            urls: vec!["https://a:8083".to_owned(), "https://b:8083".to_owned()],
            user: Some("u".to_owned()),
            password_env: Some("PW".to_owned()),
            ..Profile::default()
        };
        assert_eq!(found.get("prod"), Ok(expected));
        assert_eq!(profiles("").unwrap().names(), Vec::<String>::new());
    }

    #[test]
    fn changes_keep_the_rest() {
        let mut found = profiles(TEXT).unwrap();
        found.set("prod", "user", Some(value("v")));
        found.set("prod", "password_env", None);
        found.set("new", "url", Some(value("http://c:1")));
        found.choose("new").unwrap();
        found.remove("local").unwrap();
        let expected = "# mine\nprofile = \"new\"\n\n[profiles.prod] # careful\n\
                        url = [\"https://a:8083\", \"https://b:8083\"]\nuser = \"v\"\n\n[profiles.new]\nurl = \"http://c:1\"\n";
        assert_eq!(found.document.to_string(), expected);
        found.remove("new").unwrap();
        assert_eq!(found.current(), None);
    }

    #[test]
    fn the_file_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ferry/config.toml");
        let mut found = Profiles::load(&path).unwrap();
        found.set("a", "url", Some(value("http://a")));
        found.save().unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Profiles::load(&path).unwrap().names(), ["a"]);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let said = |text: &str| profiles(text).unwrap_err().to_string();
        let first = |text: String| text.lines().take(2).collect::<Vec<_>>().join("|");
        let found = [
            first(said("[profiles.a]\nuser_name = \"x\"")),
            first(said("[profiles.a]\nusr = \"x\"")),
            first(said("[profiles.a]\nuser = 1")),
            first(said("profile = 1")),
            first(said("colour = \"red\"")),
            profiles(TEXT).unwrap().get("prd").unwrap_err().to_string(),
            profiles("").unwrap().get("prd").unwrap_err().to_string(),
        ];
        let expected = [
            "/config.toml: profiles.a.user_name is not known|  known are url, user, password, password_command, password_env, ca, cert, key",
            "/config.toml: profiles.a.usr is not known|  did you mean user?",
            "/config.toml: profiles.a.user must be text|  the file looks like this:",
            "/config.toml: profile has the wrong type|  the file looks like this:",
            "/config.toml: colour is not known|  the file looks like this:",
            "config.toml: there is no profile prd\n  did you mean prod?",
            "config.toml: there is no profile prd\n  make it: ferry profiles set prd --url URL",
        ];
        assert_eq!(found, expected);
        assert!(said("x = [").contains("TOML parse error at line 1"), "{}", said("x = ["));
    }
}
