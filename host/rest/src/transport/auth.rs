//! Users and passwords (`BasicAuthSecurityRestExtension` with `PropertyFileLoginModule`).

use std::collections::BTreeMap;
use std::path::Path;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use ferry_config::properties;
use ferry_runtime::herder::HerderError;
use subtle::ConstantTimeEq;

use super::{jaas, java_base64};

/// The entry of the JAAS file.
const ENTRY: &str = "KafkaConnect";
/// The login module there is.
const MODULE: &str = "org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule";
/// The users of one login module, with their passwords.
type Users = BTreeMap<String, String>;

/// Who may pass.
pub(crate) struct BasicAuth {
    modules: Vec<Users>,
}

impl std::fmt::Debug for BasicAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BasicAuth").field("modules", &self.modules.len()).finish_non_exhaustive()
    }
}

impl BasicAuth {
    /// Reads the JAAS file, or the one that the environment's `KAFKA_OPTS` names, and the users it leads to.
    ///
    /// The JVM worker starts with a file or an entry that it cannot use, and then refuses every request: here it is
    /// an error, in the JVM's words.
    pub(super) fn load(jaas: Option<&Path>) -> Result<Self, String> {
        let named = std::env::var("KAFKA_OPTS").ok().and_then(|options| jaas::named_by(&options));
        let file = jaas.map(Path::to_owned).or(named).ok_or(
            "Failed to retrieve JAAS configuration: set ferry.rest.jaas.config, or \
             KAFKA_OPTS=-Djava.security.auth.login.config=FILE",
        )?;
        let wrong = |why: String| format!("Failed to retrieve JAAS configuration: {why}");
        let modules = jaas::entry(&file, ENTRY).map_err(wrong)?.filter(|modules| !modules.is_empty());
        let modules =
            modules.ok_or_else(|| format!("{}: No LoginModules configured for {ENTRY}", file.display()))?;
        let users =
            |module: &jaas::LoginModule| users(module).map_err(|why| format!("{}: {why}", file.display()));
        Ok(Self { modules: modules.iter().map(users).collect::<Result<_, _>>()? })
    }

    /// Whether a request may pass. The error is the answer to one whose credentials cannot even be read.
    pub(crate) fn allows(&self, method: &str, path: &str, headers: &HeaderMap) -> Result<bool, HerderError> {
        if is_internal(method, path) {
            return Ok(true);
        }
        let header = headers.get(AUTHORIZATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let given = header.map_or(Ok(None), |header| credentials(&header))?;
        // A module that does not know the user is passed over, whatever its flag says: it does not fail.
        Ok(self.modules.iter().any(|users| knows(users, given.as_ref())))
    }
}

fn users(module: &jaas::LoginModule) -> Result<Users, String> {
    if module.class != MODULE {
        return Err(format!(
            "{ENTRY}: unable to find LoginModule class: {} (the one there is: {MODULE})",
            module.class
        ));
    }
    let file = module.options.get("file").filter(|file| !file.trim().is_empty());
    let file = Path::new(file.ok_or("Property Credentials file must be specified")?);
    let users: Users = properties::read(file)
        .map_err(|error| format!("Error loading Property Credentials file: {error}"))?
        .into_iter()
        .collect();
    if users.is_empty() {
        tracing::warn!(file = %file.display(), "credential properties file is empty; all requests will be permitted");
    }
    Ok(users)
}

/// What workers ask of each other has signatures of its own.
fn is_internal(method: &str, path: &str) -> bool {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        ["connectors", name, last] if !name.is_empty() => {
            (method, last) == ("POST", "tasks") || (method, last) == ("PUT", "fence")
        }
        _ => false,
    }
}

fn knows(users: &Users, given: Option<&(String, String)>) -> bool {
    if users.is_empty() {
        return true;
    }
    let Some((user, password)) = given else { return false };
    // Also where there is no such user, so that the time tells nothing.
    let known = users.get(user);
    let same = known.map_or("", String::as_str).as_bytes().ct_eq(password.as_bytes());
    bool::from(same) && known.is_some()
}

/// User and password of an `Authorization` header; `None` where it is not for us.
fn credentials(header: &str) -> Result<Option<(String, String)>, HerderError> {
    let Some((scheme, encoded)) = header.split_once(' ') else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    // The JVM worker does not catch what its decoder throws.
    let decoded = java_base64::decode(encoded.as_bytes()).map_err(HerderError::internal)?;
    let decoded = String::from_utf8_lossy(&decoded);
    let pair = decoded.split_once(':').filter(|(user, _)| !user.is_empty());
    Ok(pair.map(|(user, password)| (user.to_owned(), password.to_owned())))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD as BASE64;

    use super::*;

    fn auth(modules: &[&[(&str, &str)]]) -> BasicAuth {
        let users = |module: &&[(&str, &str)]| {
            module.iter().map(|(user, password)| ((*user).to_owned(), (*password).to_owned())).collect()
        };
        BasicAuth { modules: modules.iter().map(users).collect() }
    }

    fn ask(auth: &BasicAuth, header: &str) -> Result<bool, String> {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, header.parse().unwrap())]);
        auth.allows("GET", "/connectors", &headers).map_err(|error| error.message)
    }

    #[test]
    fn lets_in_who_is_known() {
        let auth = auth(&[&[("anna", "a:b"), ("empty", "")], &[("otto", "grün")]]);
        let basic = |text: &str| format!("bAsIc {}", BASE64.encode(text));
        let asked = ["anna:a:b", "otto:grün", "empty:", "anna:a", "anna", ":a:b", "nobody:", "otto:"];
        let found = asked.map(|text| ask(&auth, &basic(text)).unwrap());
        assert_eq!(found, [true, true, true, false, false, false, false, false]);
        assert_eq!(
            ["Bearer x", "Basic", "x"].map(|header| ask(&auth, header)),
            [Ok(false), Ok(false), Ok(false)]
        );
        assert_eq!(ask(&auth, "Basic !!").unwrap_err(), "Illegal base64 character 21");
        assert!(!auth.allows("GET", "/", &HeaderMap::new()).unwrap());
    }

    #[test]
    fn an_empty_file_lets_all_in() {
        assert!(auth(&[&[]]).allows("GET", "/", &HeaderMap::new()).unwrap());
    }

    #[test]
    fn workers_among_themselves_pass() {
        let found = [
            ("POST", "/connectors/a/tasks"),
            ("PUT", "/connectors/a/fence/"),
            ("GET", "/connectors/a/tasks"),
            ("PUT", "/connectors/a/tasks"),
            ("POST", "/connectors/a/b/tasks"),
            ("PUT", "/connectors//fence"),
        ]
        .map(|(method, path)| is_internal(method, path));
        assert_eq!(found, [true, true, false, false, false, false]);
    }

    #[test]
    fn refuses_what_it_cannot_go_by() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("jaas.conf");
        let load = |text: &str| {
            std::fs::write(&file, text).unwrap();
            BasicAuth::load(Some(&file)).unwrap_err().replace(&dir.path().display().to_string(), "{dir}")
        };
        let found = [
            load("Other {};"),
            load("KafkaConnect {"),
            load("KafkaConnect { com.sun.Ldap required; };"),
            load(&format!("KafkaConnect {{ {MODULE} required; }};")),
            load(&format!("KafkaConnect {{ {MODULE} required file=\"/nowhere\"; }};")),
        ];
        let expected = [
            "{dir}/jaas.conf: No LoginModules configured for KafkaConnect".to_owned(),
            "Failed to retrieve JAAS configuration: {dir}/jaas.conf: Configuration Error: Line 1: expected [module class \
             name], found [end of file]"
                .to_owned(),
            format!(
                "{{dir}}/jaas.conf: KafkaConnect: unable to find LoginModule class: com.sun.Ldap (the one there is: {MODULE})"
            ),
            "{dir}/jaas.conf: Property Credentials file must be specified".to_owned(),
            "{dir}/jaas.conf: Error loading Property Credentials file: /nowhere: No such file or directory (os error 2)"
                .to_owned(),
        ];
        assert_eq!(found, expected);
    }
}
