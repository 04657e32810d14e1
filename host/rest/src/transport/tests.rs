//! A whole server in one process: what it answers before there is a herder.

use std::io::{Read, Write};
use std::net::TcpStream;

use ferry_config::WorkerConfig;

use super::*;

fn rest(lines: &str) -> RestConfig {
    let text = format!(
        "bootstrap.servers=a:1\nkey.converter=K\nvalue.converter=V\noffset.storage.file.filename=/o\n{lines}"
    );
    let raw = ferry_config::properties::parse(&text).unwrap().into_iter().collect();
    WorkerConfig::new(raw, &ferry_config::providers::built_in, Arc::default()).unwrap().rest
}

/// Sends these bytes and returns all that comes until the server closes.
async fn send(address: SocketAddr, bytes: impl Into<Vec<u8>>) -> String {
    let bytes = bytes.into();
    let asked = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(&bytes).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    });
    asked.await.unwrap()
}

#[tokio::test]
async fn answers_health_before_there_is_a_herder() {
    let sockets = Sockets::open(&rest("listeners=http://127.0.0.1:0")).await.unwrap();
    let address = sockets.addresses()[0];
    assert_eq!(
        (sockets.worker_id(), sockets.advertised_url()),
        (address.to_string(), format!("http://{address}"))
    );
    let taken = rest(&format!("listeners=http://{address}"));
    let refused = Sockets::open(&taken).await.err().unwrap();
    assert_eq!(
        refused.to_string(),
        format!(
            "REST cannot listen on {address}: Address already in use (os error 98); end what uses it or set listeners to another port"
        )
    );
    let server = sockets.start();
    let answer = send(address, "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(
        answer.ends_with(r#"{"status":"starting","message":"Worker is still starting up."}"#),
        "{answer}"
    );
    let answer = send(address, "HEAD /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.contains("content-length: 62\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
    server.stop().await;
    assert!(TcpStream::connect(address).is_err());
}

#[tokio::test]
async fn a_head_of_8_kib_is_the_longest() {
    let sockets = Sockets::open(&rest("listeners=http://127.0.0.1:0")).await.unwrap();
    let address = sockets.addresses()[0];
    let server = sockets.start();
    let with = |length: usize| {
        let frame = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: \r\n\r\n".len();
        format!(
            "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: {}\r\n\r\n",
            "a".repeat(length - frame)
        )
    };
    let answer = send(address, with(8192)).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    let answer = send(address, with(8193)).await;
    assert!(answer.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"), "{answer}");
    assert!(answer.contains("<h2>HTTP ERROR 431 Request Header Fields Too Large</h2>"), "{answer}");
    server.stop().await;
}
