//! Lays out `dist/` as a user installs Ferry.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use crate::Result;
use crate::plugins;
use crate::workspace::{Profile, Workspace};

/// Kafka's `connect-standalone.properties`, with the plugins that lie beside it.
const STANDALONE: &str = "\
# Run from the folder that holds bin, config and plugin.path:
#   bin/ferry standalone config/connect-standalone.properties config/connect-file-source.properties config/connect-file-sink.properties

# Kafka brokers, or embedded:DIRECTORY for a log of Ferry's own that needs no broker.
bootstrap.servers=localhost:9092

# How records are written to and read from topics. A connector may set its own.
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
key.converter.schemas.enable=true
value.converter.schemas.enable=true

offset.storage.file.filename=/tmp/connect.offsets
offset.flush.interval.ms=10000

# Directories with plugins, separated by commas.
plugin.path=plugin.path

# Where REST listens; http://:8083 when unset.
#listeners=http://127.0.0.1:8083
";

const SOURCE: &str = "\
name=local-file-source
connector.class=FileStreamSource
tasks.max=1
file=test.txt
topic=connect-test
";

const SINK: &str = "\
name=local-file-sink
connector.class=FileStreamSink
tasks.max=1
file=test.sink.txt
topics=connect-test
";

/// Builds the release and lays it out; returns the folder.
pub fn lay_out() -> Result<PathBuf> {
    let workspace = Workspace::load()?;
    println!("building the release (the first time takes some minutes)");
    workspace.cargo(&["build", "--quiet", "--release", "-p", "ferry"])?;
    let built = plugins::build(&workspace, Profile::Release)?;
    let dist = workspace.root.join("dist");
    let made = || -> std::io::Result<()> {
        let _ = fs::remove_dir_all(dist.join("plugin.path"));
        fs::create_dir_all(dist.join("bin"))?;
        fs::create_dir_all(dist.join("config"))?;
        // Renamed into place: a running `ferry` keeps its old file, and is not "text file busy".
        let fresh = dist.join("bin/.ferry.new");
        fs::copy(workspace.built(Profile::Release, "ferry"), &fresh)?;
        fs::rename(fresh, dist.join("bin/ferry"))?;
        for name in ["connect-standalone", "connect-standalone.sh"] {
            let link = dist.join("bin").join(name);
            let _ = fs::remove_file(&link);
            symlink("ferry", link)?;
        }
        for (name, text) in [
            ("connect-standalone.properties", STANDALONE),
            ("connect-file-source.properties", SOURCE),
            ("connect-file-sink.properties", SINK),
        ] {
            fs::write(dist.join("config").join(name), text)?;
        }
        fs::copy(workspace.root.join("LICENSE"), dist.join("LICENSE")).map(|_| ())
    };
    made().map_err(|e| format!("cannot lay out {}: {e}", dist.display()))?;
    let pages = dist.join("share/man/man1");
    let written = Command::new(dist.join("bin/ferry")).arg("man").arg(&pages).status();
    if !written.is_ok_and(|status| status.success()) {
        return Err(format!("ferry man {} failed", pages.display()));
    }
    for plugin in &built {
        plugins::install_one(&workspace, Profile::Release, plugin, &dist.join("plugin.path"))?;
    }
    println!("dist/ is ready: bin/ferry, config/, share/man/, plugin.path/ with {} plugins", built.len());
    Ok(dist)
}
