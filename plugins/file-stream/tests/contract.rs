//! The delivery contract, with the linked classes and with the built library.

use std::fs;

use ferry_sdk::config::ConfigMap;

ferry_testkit::contract! {
    source "org.apache.kafka.connect.file.FileStreamSourceConnector" {
        classes: ferry_file_stream::classes,
        config: |directory| {
            let file = directory.join("in.txt");
            let text: String = (0..10).map(|i| format!("line {i} \u{e9}\n")).collect();
            fs::write(&file, text).expect("a file");
            ConfigMap::from([("file", file.display().to_string()), ("topic", "t".into()), ("batch.size", "2".into())])
        },
    }
}

ferry_testkit::contract! {
    sink "org.apache.kafka.connect.file.FileStreamSinkConnector" {
        classes: ferry_file_stream::classes,
        config: |directory| ConfigMap::from([("file", directory.join("out.txt").display().to_string())]),
        written: |directory| {
            let text = fs::read_to_string(directory.join("out.txt")).unwrap_or_default();
            text.lines().map(str::to_owned).collect()
        },
    }
}
