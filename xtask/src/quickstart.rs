//! The first run of a new user: file → topic → file on the embedded log, with nothing else installed.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Result, dist};

const LINES: &str = "\
Ferry reads this file line by line,
writes each line into a topic as JSON,
reads the topic,
and writes this file again.
Grüße von hier 😀
";

/// Builds `dist/`, runs it, shows what happened.
pub fn run(keep: bool) -> Result {
    let dist = dist::lay_out()?;
    let place = std::env::temp_dir().join(format!("ferry-quickstart-{}", std::process::id()));
    fs::create_dir_all(&place).map_err(|e| format!("cannot make {}: {e}", place.display()))?;
    let done = carry(&dist, &place);
    if keep || done.is_err() {
        println!("\nThe files of this run are in {}", place.display());
    } else {
        let _ = fs::remove_dir_all(&place);
    }
    done
}

fn carry(dist: &Path, place: &Path) -> Result {
    let io = |e: std::io::Error| format!("{}: {e}", place.display());
    let at = |name: &str| place.join(name).display().to_string();
    fs::write(place.join("in.txt"), LINES).map_err(io)?;
    let read =
        |name: &str| fs::read_to_string(dist.join("config").join(name)).map_err(|e| format!("{name}: {e}"));
    let port = free_port()?;
    let log = format!("embedded:{}", at("log"));
    // The files a user starts from; what comes later wins.
    let worker = read("connect-standalone.properties")?
        + &format!(
            "\nbootstrap.servers={log}\nlisteners=http://127.0.0.1:{port}\noffset.flush.interval.ms=1000\n"
        )
        + &format!(
            "offset.storage.file.filename={}\nplugin.path={}\n",
            at("offsets"),
            dist.join("plugin.path").display()
        );
    fs::write(place.join("worker.properties"), worker).map_err(io)?;
    let source = read("connect-file-source.properties")? + &format!("file={}\n", at("in.txt"));
    fs::write(place.join("source.properties"), source).map_err(io)?;
    let sink = read("connect-file-sink.properties")? + &format!("file={}\n", at("out.txt"));
    fs::write(place.join("sink.properties"), sink).map_err(io)?;

    let ferry = dist.join("bin/ferry");
    let files = ["worker.properties", "source.properties", "sink.properties"];
    println!("\n$ ferry standalone {}", files.join(" "));
    let started = Instant::now();
    let output = fs::File::create(place.join("ferry.log")).map_err(io)?;
    let child = Command::new(&ferry)
        .arg("standalone")
        .args(files)
        .current_dir(place)
        .stdin(Stdio::null())
        .stdout(output.try_clone().map_err(io)?)
        .stderr(output)
        .spawn()
        .map_err(|e| format!("cannot start {}: {e}", ferry.display()))?;
    let mut worker = Worker(child);
    let arrived = worker.until("the lines are in out.txt", || {
        fs::read_to_string(place.join("out.txt")).is_ok_and(|text| text == LINES)
    });
    let took = started.elapsed();
    let listing = arrived.as_ref().ok().map(|()| get(port, "/connectors?expand=status"));
    let stopped = worker.stop();
    let said = fs::read_to_string(place.join("ferry.log")).unwrap_or_default();
    arrived.map_err(|why| format!("{why}; ferry said:\n{said}"))?;
    stopped.map_err(|why| format!("{why}; ferry said:\n{said}"))?;

    println!("{}", said.trim_end());
    println!("\n$ curl http://127.0.0.1:{port}/connectors?expand=status\n{}", listing.unwrap_or_default());
    println!("\n$ ferry topics read connect-test --bootstrap-server embedded:log");
    let topic = Command::new(&ferry)
        .args(["topics", "read", "connect-test", "--bootstrap-server", &log])
        .output()
        .map_err(|e| format!("cannot run ferry topics: {e}"))?;
    if !topic.status.success() {
        return Err(format!("ferry topics read failed: {}", String::from_utf8_lossy(&topic.stderr)));
    }
    println!("{}", String::from_utf8_lossy(&topic.stdout).trim_end());
    println!("\n$ cat out.txt\n{}", LINES.trim_end());
    println!(
        "\nout.txt equals in.txt: {} lines, {} ms after the start. Ferry has stopped and kept its offsets.",
        LINES.lines().count(),
        took.as_millis()
    );
    Ok(())
}

/// The running worker; it never outlives this program's interest in it.
struct Worker(Child);

impl Worker {
    /// Looks until `condition` holds, the worker ends, or a minute is over.
    fn until(&mut self, what: &str, mut condition: impl FnMut() -> bool) -> Result {
        let end = Instant::now() + Duration::from_secs(60);
        while !condition() {
            if let Ok(Some(status)) = self.0.try_wait() {
                return Err(format!("ferry ended ({status}) before {what}"));
            }
            if Instant::now() > end {
                return Err(format!("a minute went by before {what}"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// SIGTERM, as an init system ends it; the offsets are committed on the way.
    fn stop(&mut self) -> Result {
        // `kill` is a program: a call of kill(2) would need `unsafe`.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            match self.0.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("ferry ended with {status} after SIGTERM")),
                _ if Instant::now() > end => {
                    return Err("ferry did not end within 30 s after SIGTERM".to_owned());
                }
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Kafka Connect's own port when it is free, so that what is shown is what a user will type.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:8083").or_else(|_| TcpListener::bind("127.0.0.1:0"));
    let address = listener.and_then(|l| l.local_addr()).map_err(|e| format!("no free port: {e}"))?;
    Ok(address.port())
}

fn get(port: u16, path: &str) -> String {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text.split_once("\r\n\r\n").map_or(text.clone(), |(_, body)| body.to_owned()))
    };
    ask().unwrap_or_else(|e| format!("no answer: {e}"))
}
