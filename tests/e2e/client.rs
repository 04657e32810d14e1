//! `ferry connectors` and its sisters on a running Ferry, and what needs no worker.

use std::process::Command;

use ferry_tests::{Bed, Binaries, FerryWorker, Place, Spoken, Worker, ferry_command};

use crate::{setup, start, topic};

/// Runs commands on a worker and shows all that they say.
fn transcript(worker: &FerryWorker, place: &Place, topic: &str, commands: &[&[&str]]) -> String {
    let (url, folder) = (format!("http://{}", worker.rest().address), place.path().display().to_string());
    let fair = [
        (url.as_str(), "URL"),
        (worker.rest().address.as_str(), "WORKER"),
        (&folder, "FILES"),
        (topic, "TOPIC"),
    ];
    let said = commands.iter().map(|words| {
        let filled: Vec<String> = words.iter().map(|word| word.replace("FILES", &folder)).collect();
        let mut arguments: Vec<&str> = filled.iter().map(String::as_str).collect();
        arguments.extend(["--url", &url]);
        Spoken::by(&arguments).with(&fair).shown(words)
    });
    said.collect()
}

/// A connector that fails, and one whose task cannot begin.
#[test]
fn failures_are_shown_and_waited_for() {
    let (bed, place, topic) = (Bed::embedded(), Place::new("client"), topic("client"));
    place.write(
        "good.properties",
        format!("name=good\nconnector.class=FileStreamSource\nfile={}\ntopic={topic}\n", place.at("in")),
    );
    place.write(
        "bad.json",
        format!(r#"{{"name":"bad","config":{{"connector.class":"FileStreamSink","file":"{}","topics":"{topic}"}}}}"#, place.at("none/out")),
    );
    place.write("in", "");
    let mut worker = start(&setup(&bed, &place));
    let shown = transcript(
        &worker,
        &place,
        &topic,
        &[
            &["connectors", "create", "FILES/good.properties", "FILES/bad.json", "--wait"],
            &["connectors", "list"],
            &["connectors", "list", "--state", "failed", "--json"],
            &["connectors", "status", "bad"],
            &["connectors", "restart", "--state", "FAILED", "--only-failed"],
            &["connectors", "plugins"],
            &["connectors", "delete", "bad"],
            &["connectors", "stop", "good", "--wait"],
            &["connectors", "status", "good"],
        ],
    );
    insta::assert_snapshot!(shown);
    worker.stop();
}

/// What one worker gives, another takes.
#[test]
fn connectors_move_through_a_pipe() {
    let (bed, place) = (Bed::embedded(), Place::new("pipe"));
    let mut worker = start(&setup(&bed, &place));
    let url = format!("http://{}", worker.rest().address);
    let odd = "a/b c%d?é😀";
    let wanted = serde_json::json!([{ "name": odd, "config": {
        "connector.class": "FileStreamSource", "topic": topic("pipe"), "file": place.at("in"), "odd": " =:#\\\n\té😀 ", "name": odd } }]);
    let made = Spoken::told(&["connectors", "apply", "-", "--url", &url], &wanted.to_string());
    assert_eq!((made.exit, made.out.as_str()), (0, format!("{odd}: created\n").as_str()), "{}", made.err);
    let got = Spoken::by(&["connectors", "get", "--all", "--url", &url]);
    let found: serde_json::Value = serde_json::from_str(&got.out).expect("JSON");
    assert_eq!(found, wanted, "{}", got.err);
    // Through a .properties file it is still the same.
    let properties = Spoken::by(&["connectors", "get", odd, "--properties", "--url", &url]);
    let again = Spoken::told(&["connectors", "apply", "-", "--url", &url], &properties.out);
    assert_eq!(
        (again.exit, again.out.as_str()),
        (0, format!("{odd}: unchanged\n").as_str()),
        "{}",
        again.err
    );
    worker.stop();
}

/// The output of `--watch` comes while the worker goes on.
#[test]
fn changes_are_seen_as_they_happen() {
    use std::io::{BufRead, BufReader};
    let (bed, place) = (Bed::embedded(), Place::new("watch"));
    let mut worker = start(&setup(&bed, &place));
    let url = format!("http://{}", worker.rest().address);
    place.write("in", "");
    worker.rest().create("w", crate::source(&place, "in", &topic("watch")));
    ferry_tests::wait_running(worker.rest(), "w");
    let mut command = ferry_command(&["connectors", "status", "--watch", "--json", "--url", &url]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().expect("ferry runs");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut next = |task: Option<u64>, state: &str| loop {
        let line = lines.next().expect("one more line").expect("text");
        let event: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        if event["task"].as_u64() == task && event["state"] == state {
            assert_eq!(event["connector"], "w", "{line}");
            break;
        }
    };
    next(Some(0), "RUNNING");
    let _ = worker.rest().put("/connectors/w/pause").expect(202);
    next(Some(0), "PAUSED");
    child.kill().expect("a running child");
    child.wait().expect("it ends");
    worker.stop();
}

#[test]
fn profiles_are_kept_in_a_file() {
    let place = Place::new("profiles");
    let run = |words: &[&str]| {
        let spoken = Spoken::of(
            ferry_command(words)
                .env("XDG_CONFIG_HOME", place.path())
                .env_remove("FERRY_URL")
                .env_remove("FERRY_PROFILE"),
        );
        spoken.with(&[(&place.path().display().to_string(), "CONFIG")]).shown(words)
    };
    let shown = [
        run(&["profiles", "list"]),
        run(&["profiles", "set", "prod"]),
        run(&[
            "profiles",
            "set",
            "prod",
            "--url",
            "http://127.0.0.1:1",
            "--user",
            "admin",
            "--password-command",
            "echo hunter2",
        ]),
        run(&["profiles", "set", "test", "--url", "http://127.0.0.1:1,http://127.0.0.1:2", "--ca", "ca.pem"]),
        run(&["profiles", "use", "prd"]),
        run(&["profiles", "use", "prod"]),
        run(&["profiles", "list"]),
        run(&["profiles", "list", "--json"]),
        run(&["connectors", "list"]),
        run(&["connectors", "list", "--profile", "tset"]),
        run(&["connectors", "list", "--profile", "test"]),
        run(&["profiles", "set", "prod", "--password-env", "NOT_SET_AT_ALL"]),
        run(&["connectors", "list"]),
        run(&["profiles", "delete", "prod"]),
        run(&["profiles", "list"]),
    ];
    let mut file = Spoken::told(&["profiles", "list"], "");
    file.out = String::from_utf8(place.read("ferry/config.toml")).expect("text");
    insta::assert_snapshot!(shown.concat() + &file.out);
}

#[test]
fn wrong_arguments_name_what_may_be_meant() {
    let shown: String = [
        &["conectors", "list"][..],
        &["connectors", "lst"],
        &["connectors", "list", "--sate", "FAILED"],
        &["connectors", "list", "--state", "BROKEN"],
        &["connectors", "list", "--url", "ftp://x"],
        &["connectors", "tap"],
        &["connectors", "offsets", "set", "x"],
        &["config", "convert", "no-such-file"],
        &["completions", "tcsh"],
    ]
    .into_iter()
    .map(|words| Spoken::by(words).shown(words))
    .collect();
    insta::assert_snapshot!(shown);
}

#[test]
fn shells_take_the_completions() {
    let place = Place::new("shells");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let spoken = Spoken::by(&["completions", shell]);
        assert_eq!(spoken.exit, 0, "{}", spoken.err);
        assert!(
            spoken.out.contains("FERRY_COMPLETE") && spoken.out.contains("ferry"),
            "{shell}: {}",
            spoken.out
        );
        place.write(shell, spoken.out);
    }
    let bash = Spoken::of(Command::new("bash").arg("-n").arg(place.at("bash")));
    assert_eq!((bash.exit, bash.err.as_str()), (0, ""));
    // Those that are not installed everywhere check their own where they are.
    for shell in ["zsh", "fish"] {
        if let Ok(checked) = Command::new(shell).arg("-n").arg(place.at(shell)).output() {
            assert!(checked.status.success(), "{shell}: {}", String::from_utf8_lossy(&checked.stderr));
        }
    }
}

/// In a real bash: commands, options and the connectors of the worker.
#[test]
fn bash_completes_commands_and_connectors() {
    let (bed, place) = (Bed::embedded(), Place::new("bash"));
    let mut worker = start(&setup(&bed, &place));
    place.write("in", "");
    for name in ["orders-a", "orders-b", "other"] {
        worker.rest().create(name, crate::source(&place, "in", &topic("bash")));
    }
    let url = format!("http://{}", worker.rest().address);
    let script = place.write("ferry.bash", Spoken::by(&["completions", "bash"]).out);
    let folder = Binaries::get().ferry.parent().expect("a folder").display().to_string();
    let complete = |words: &str, env: &str| {
        let ask = format!(
            "PATH={folder}:$PATH; source {script}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); COMP_TYPE=9; \
             $(complete -p ferry | sed 's/.*-F \\([^ ]*\\).*/\\1/') ferry \"${{COMP_WORDS[-1]}}\" \"\"; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\" | sort"
        );
        let mut bash = Command::new("bash");
        let spoken =
            Spoken::of(bash.arg("-c").arg(ask).env("FERRY_URL", env).env("XDG_CONFIG_HOME", place.path()));
        assert_eq!((spoken.exit, spoken.err.as_str()), (0, ""), "{words}");
        spoken.out.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete("ferry connectors re", ""), ["restart", "resume"]);
    assert_eq!(complete("ferry connectors status ord", &url), ["orders-a", "orders-b"]);
    assert_eq!(complete(&format!("ferry connectors --url {url} restart orders-a ot"), ""), ["other"]);
    // No worker, no names, no noise.
    assert_eq!(complete("ferry connectors status ord", "http://127.0.0.1:1"), Vec::<String>::new());
    worker.stop();
}
