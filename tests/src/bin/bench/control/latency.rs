//! How long REST takes to answer, a connection for each request.

use std::time::Instant;

use ferry_tests::{Request, Rest};

/// Requests of each kind.
const REQUESTS: usize = 300;
/// Before they are counted: a JVM compiles what it does often.
const WARM_UP: usize = 100;

/// How fast one kind of request was answered, in milliseconds.
pub struct Answers {
    pub what: &'static str,
    pub p50: f64,
    pub p99: f64,
}

/// Asks about all connectors, and about this one.
pub fn measure(rest: &Rest, name: &str) -> Vec<Answers> {
    let of = |what: &str| format!("/connectors/{name}/{what}");
    let kinds = [
        ("list", "GET", "/connectors".to_owned(), 200),
        ("expanded", "GET", "/connectors?expand=status&expand=info".to_owned(), 200),
        ("status", "GET", of("status"), 200),
        ("pause", "PUT", of("pause"), 202),
        ("resume", "PUT", of("resume"), 202),
    ];
    let ask = |(what, method, path, status): (&'static str, &str, String, u16)| {
        let request = Request::new(method, &path);
        let mut times: Vec<f64> = (0..WARM_UP + REQUESTS)
            .map(|_| {
                let begun = Instant::now();
                let answer = rest.send(&request);
                let time = begun.elapsed().as_secs_f64() * 1000.0;
                let _ = answer.expect(status);
                time
            })
            .skip(WARM_UP)
            .collect();
        times.sort_by(f64::total_cmp);
        let at = |percent: usize| (times[REQUESTS * percent / 100 - 1] * 100.0).round() / 100.0;
        Answers { what, p50: at(50), p99: at(99) }
    };
    kinds.map(ask).into()
}
