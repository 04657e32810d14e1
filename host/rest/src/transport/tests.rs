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
    // An address for examples, which no machine has (RFC 5737).
    let elsewhere = Sockets::open(&rest("listeners=http://192.0.2.1:1")).await.err().unwrap().to_string();
    assert!(
        elsewhere.starts_with("REST cannot listen on 192.0.2.1:1: ")
            && elsewhere.ends_with("; set listeners to a name or address of this machine"),
        "{elsewhere}"
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

#[tokio::test]
async fn others_are_told_the_url_of_the_advertised_listener() {
    let dir = tempfile::tempdir().unwrap();
    let pem = dir.path().join("server.pem");
    std::fs::write(&pem, include_str!("tls/test.pem")).unwrap();
    let listeners = format!(
        "listeners=http://127.0.0.1:0,https://localhost:0\nssl.keystore.type=PEM\nssl.keystore.location={}\n",
        pem.display()
    );
    for (lines, expected) in [
        ("", "http://127.0.0.1:{http}"),
        ("rest.advertised.listener=HTTPS", "https://localhost:{https}"),
        ("rest.advertised.host.name=a.b\nrest.advertised.port=0", "http://a.b:{http}"),
        (
            "rest.advertised.host.name=::1\nrest.advertised.port=7\nrest.advertised.listener=https",
            "https://[::1]:7",
        ),
        ("admin.listeners=http://127.0.0.1:0\nrest.advertised.listener=https", "https://localhost:{https}"),
    ] {
        let sockets = Sockets::open(&rest(&format!("{listeners}{lines}"))).await.unwrap();
        let ports: Vec<String> =
            sockets.addresses().iter().map(|address| address.port().to_string()).collect();
        let expected = expected.replace("{http}", &ports[0]).replace("{https}", &ports[1]);
        assert_eq!(sockets.advertised_url(), expected);
        assert_eq!(Some(sockets.worker_id().as_str()), expected.split("//").nth(1));
        assert!(sockets.urls()[1].starts_with("https://"));
    }
}

/// A stream of events would keep the server from stopping.
#[tokio::test]
async fn a_stream_of_events_ends_when_the_server_stops() {
    use std::future::{pending, poll_fn};
    use std::pin::Pin;

    use http_body::Body as _;

    struct Endless;
    impl http_body::Body for Endless {
        type Data = axum::body::Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
            Pin::new(&mut Box::pin(pending())).as_mut().poll(cx)
        }
    }

    let room = room::Room::new(1, Duration::from_secs(90));
    let seat = room.enter().await;
    let request = axum::http::Request::new(());
    let entry = access_log::Entry::new([127, 0, 0, 1].into(), &request);
    let (stop, stopping) = watch::channel(());
    let status = axum::http::StatusCode::OK;
    let body = axum::body::Body::new(Endless);
    let mut body =
        answer_body::AnswerBody::new(body, status, entry, seat.counter().request(), Some(stopping));
    let stopped =
        tokio::spawn(async move { poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await.is_none() });
    stop.send_replace(());
    assert!(stopped.await.unwrap());
}
