//! Plugins that come and go while the worker runs.

use std::path::Path;

use ferry_tests::{Bed, Binaries, Place, Rest, SHORT, Spoken, Worker, wait_until};

use crate::{numbered, pair, setup, start, topic, wait_output};

const SOURCE: &str = "org.apache.kafka.connect.file.FileStreamSourceConnector";

fn listed(rest: &Rest) -> bool {
    let plugins = rest.get("/connector-plugins").json();
    plugins.as_array().expect("a list").iter().any(|plugin| plugin["class"] == SOURCE)
}

/// A library copied into plugin.path of a running worker is listed and usable; removed, its tasks go on.
#[test]
fn a_library_dropped_in_is_usable_at_once() {
    let (bed, place) = (Bed::embedded(), Place::new("drop-in"));
    let plugins = place.at("plugins");
    std::fs::create_dir(&plugins).expect("a folder");
    let mut worker = start(&setup(&bed, &place).with("plugin.path", &plugins));
    let rest = worker.rest().clone();
    assert!(!listed(&rest), "nothing is there yet");
    let body = serde_json::json!({"name": "p-source", "config": crate::source(&place, "p-in.txt", "t")});
    let _ = rest.post("/connectors", &body).expect(400);

    // Copied in place, not renamed: the worker may see it half-written and must look again.
    let library = Binaries::get().plugin("libferry_file_stream.so");
    let copy = Path::new(&plugins).join("libferry_file_stream.so");
    std::fs::copy(library, &copy).expect("copied");
    wait_until(SHORT, "the dropped plugin is listed", || listed(&rest));
    place.write("p-in.txt", numbered(0..50));
    pair(&rest, &place, "p", &topic("drop-in"));
    wait_output(&place, "p-out.txt", &numbered(0..50));

    std::fs::remove_file(&copy).expect("removed");
    place.append("p-in.txt", numbered(50..100));
    wait_output(&place, "p-out.txt", &numbered(0..100));
    worker.stop();
}

/// A file that is no plugin does not hurt the others, and `ferry plugins list` says why it was refused.
#[test]
fn rubbish_in_plugin_path_is_named_and_passed_over() {
    let (bed, place) = (Bed::embedded(), Place::new("rubbish"));
    let plugins = place.at("plugins");
    std::fs::create_dir(&plugins).expect("a folder");
    std::fs::write(Path::new(&plugins).join("rubbish.so"), b"\x7fELF and nothing more").expect("written");
    let library = Binaries::get().plugin("libferry_file_stream.so");
    std::fs::copy(library, Path::new(&plugins).join("libferry_file_stream.so")).expect("copied");
    let mut worker = start(&setup(&bed, &place).with("plugin.path", &plugins));
    wait_until(SHORT, "the plugin beside it is listed", || listed(worker.rest()));
    worker.stop();
    let list = |more: &[&str]| {
        let words = [&["plugins", "list", "--plugin-path", &plugins], more].concat();
        Spoken::by(&words).with(&[(&plugins, "PLUGINS")]).shown(&[&["plugins", "list"], more].concat())
    };
    insta::assert_snapshot!(list(&[]) + &list(&["--color", "always"]) + &list(&["--json"]));
}
