//! What wins: options, the profile that is named, the environment, the profile in use.

use super::*;

const FILE: &str = "profile = \"used\"\n[profiles.used]\nurl = \"https://used:1/\"\nuser = \"u\"\npassword = \"p\"\n\
                    [profiles.other]\nurl = [\"http://o1\", \"http://o2\"]\nuser = \"o\"\npassword_env = \"PW\"\n\
                    [profiles.command]\nuser = \"c\"\npassword_command = \"printf 'sec:ret\\\\nx'\"\n\
                    [profiles.broken]\nuser = \"c\"\npassword_command = \"exit 3\"\n\
                    [profiles.half]\ncert = \"c.pem\"\n";

fn resolve(options: &TargetOptions, variables: &[(&str, &str)]) -> Result<Target, String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.toml");
    std::fs::write(&file, FILE).unwrap();
    let env = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
    options.resolve_with(&file, env).map_err(|e| e.to_string().replace(&dir.path().display().to_string(), ""))
}

fn target(urls: &[&str], user: Option<(&str, &str)>) -> Result<Target, String> {
    let urls = urls.iter().map(|url| (*url).to_owned()).collect();
    let user = user.map(|(user, password)| (user.to_owned(), password.to_owned()));
    Ok(Target { urls, user, ..Target::default() })
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?} {:?} {:?}", self.urls, self.user, self.ca, self.identity)
    }
}

fn url(url: &str) -> TargetOptions {
    TargetOptions { url: vec![url.to_owned()], ..TargetOptions::default() }
}

fn profile(name: &str) -> TargetOptions {
    TargetOptions { profile: Some(name.to_owned()), ..TargetOptions::default() }
}

#[test]
fn the_nearest_to_the_user_wins() {
    let none = TargetOptions::default();
    assert_eq!(resolve(&none, &[]), target(&["https://used:1"], Some(("u", "p"))));
    assert_eq!(
        resolve(&none, &[("FERRY_URL", "http://a,http://b/x/")]),
        target(&["http://a", "http://b/x"], None)
    );
    assert_eq!(
        resolve(&none, &[("FERRY_PROFILE", "other"), ("PW", "w")]),
        target(&["http://o1", "http://o2"], Some(("o", "w")))
    );
    assert_eq!(
        resolve(&profile("other"), &[("PW", "w"), ("FERRY_URL", "http://a")]),
        target(&["http://o1", "http://o2"], Some(("o", "w")))
    );
    assert_eq!(resolve(&profile("command"), &[]), target(&["http://localhost:8083"], Some(("c", "sec:ret"))));
}

#[test]
fn a_password_does_not_go_to_another_worker() {
    assert_eq!(resolve(&url("http://elsewhere"), &[]), target(&["http://elsewhere"], None));
    assert_eq!(
        resolve(&url("http://elsewhere"), &[("FERRY_PROFILE", "used")]),
        target(&["http://elsewhere"], None)
    );
    // Unless it is told to.
    let both = TargetOptions { profile: Some("used".to_owned()), ..url("http://elsewhere") };
    assert_eq!(resolve(&both, &[]), target(&["http://elsewhere"], Some(("u", "p"))));
}

#[test]
fn users_and_passwords_come_in_many_ways() {
    let with = |user: &str| TargetOptions { user: Some(user.to_owned()), ..url("h:1") };
    assert_eq!(resolve(&with("a:b:c"), &[]), target(&["http://h:1"], Some(("a", "b:c"))));
    assert_eq!(resolve(&with("a"), &[("FERRY_PASSWORD", "x")]), target(&["http://h:1"], Some(("a", "x"))));
    assert_eq!(resolve(&url("h"), &[("FERRY_USER", "e:f")]), target(&["http://h"], Some(("e", "f"))));
    assert_eq!(resolve(&url("https://a%40b:c%3Ad@h/p"), &[]), target(&["https://h/p"], Some(("a@b", "c:d"))));
}

#[test]
fn what_is_missing_is_named() {
    let with = |user: &str| TargetOptions { user: Some(user.to_owned()), ..url("h:1") };
    let found = [
        resolve(&with("a"), &[]),
        resolve(&profile("other"), &[]),
        resolve(&profile("broken"), &[]),
        resolve(&profile("half"), &[]),
        resolve(&profile("used2"), &[]),
        resolve(&url("ftp://user:secret@h"), &[]),
        resolve(&url("http://:80"), &[]),
        resolve(&url(" "), &[]),
    ];
    let url_mend = "\n  a URL looks like http://localhost:8083 or https://connect.example.com";
    let expected = [
        "there is a user and no password\n  give --user USER:PASSWORD or FERRY_PASSWORD, or set password_command in the profile".to_owned(),
        "the variable PW, which password_env names, is not set".to_owned(),
        "password_command ended with exit status: 3: exit 3".to_owned(),
        "a profile has cert or key, but not both\n  set both: they belong together".to_owned(),
        "/config.toml: there is no profile used2\n  did you mean used?".to_owned(),
        format!("ftp://h is not the URL of a worker{url_mend}"),
        format!("http://:80 is not the URL of a worker{url_mend}"),
        "the URL of the worker is empty\n  give --url http://HOST:8083".to_owned(),
    ];
    assert_eq!(found, expected.map(Err));
}
