use serde_json::{Value, json};

use super::*;

fn window(sum: i64, cnt: i64, max: i64) -> Value {
    json!({"min": 0, "max": max, "avg": if cnt == 0 { 0 } else { sum / cnt }, "sum": sum, "cnt": cnt, "stddev": 0,
        "hdrsize": 0, "p50": 0, "p75": 0, "p90": 0, "p95": 0, "p99": 0, "p99_99": 0, "outofrange": 0})
}

fn broker(state: &str, rtt: Value) -> Value {
    json!({"name": "b", "nodeid": 1, "nodename": "b:1", "source": "configured", "state": state, "stateage": 0,
        "outbuf_cnt": 0, "outbuf_msg_cnt": 0, "waitresp_cnt": 2, "waitresp_msg_cnt": 0, "tx": 1, "txbytes": 1,
        "txerrs": 0, "txretries": 0, "txidle": 0, "req_timeouts": 0, "rx": 1, "rxbytes": 1, "rxerrs": 0,
        "rxcorriderrs": 0, "rxpartial": 0, "rxidle": 0, "req": {"Fetch": 5, "Produce": 7}, "zbuf_grow": 0,
        "buf_grow": 0, "connects": 3, "disconnects": 1, "rtt": rtt, "throttle": window(0, 0, 0),
        "int_latency": window(9000, 3, 5000), "toppars": {}})
}

fn partition(number: i32, lag: i64, txmsgs: u64) -> Value {
    json!({"partition": number, "broker": 1, "leader": 1, "desired": number == 0, "unknown": false, "msgq_cnt": 0,
        "msgq_bytes": 0, "xmit_msgq_cnt": 0, "xmit_msgq_bytes": 0, "fetchq_cnt": 0, "fetchq_size": 0,
        "fetch_state": "active", "query_offset": 0, "next_offset": 0, "app_offset": 0, "stored_offset": 0,
        "committed_offset": 0, "eof_offset": 0, "lo_offset": 0, "hi_offset": 0, "ls_offset": 0,
        "consumer_lag": lag, "consumer_lag_stored": lag, "txmsgs": txmsgs, "txbytes": txmsgs * 10, "rxmsgs": 0,
        "rxbytes": 0, "msgs": 0, "rx_ver_drops": 0, "msgs_inflight": 0, "next_ack_seq": 0, "next_err_seq": 0,
        "acked_msgid": 0})
}

/// As librdkafka tells; `grown` is what was done since the client began.
fn found(kind: &str, ts: i64, grown: i64) -> Value {
    json!({"name": format!("c#{kind}-1"), "client_id": "c", "type": kind, "ts": ts, "time": 0, "age": ts,
        "replyq": 0, "msg_cnt": 0, "msg_size": 10, "msg_max": 1, "msg_size_max": 100, "tx": grown, "tx_bytes": grown,
        "rx": grown, "rx_bytes": grown, "txmsgs": grown, "txmsg_bytes": grown, "rxmsgs": 2 * grown,
        "rxmsg_bytes": grown, "simple_cnt": 0, "metadata_cache_cnt": 0,
        "brokers": {"up": broker("UP", window(6000, 3, 4000)), "down": broker("DOWN", window(2000, 1, 2000))},
        "topics": {"t": {"topic": "t", "age": 0, "metadata_age": 0, "batchsize": window(300, 3, 200),
            "batchcnt": window(6, 3, 4), "partitions": {"0": partition(0, 4, grown as u64), "1": partition(1, 9, 0),
            "-1": partition(-1, -1, 7)}}},
        "cgrp": {"state": "up", "stateage": 0, "join_state": "steady", "rebalance_age": 1500, "rebalance_cnt": 2,
            "rebalance_reason": "", "assignment_size": 1}})
}

fn read_twice(kind: &str) -> [ClientStatistics; 2] {
    let first: Statistics = serde_json::from_value(found(kind, 2_000_000, 10)).unwrap();
    let (counts, one) = read(&first, None);
    let second: Statistics = serde_json::from_value(found(kind, 4_000_000, 30)).unwrap();
    [one, read(&second, Some((2_000_000, counts)).as_ref()).1]
}

#[test]
fn a_producer_tells_what_it_sent_and_how_fast() {
    let [first, second] = read_twice("producer");
    assert_eq!(first.records, Count { total: 10.0, rate: 5.0 });
    assert_eq!(second.records, Count { total: 30.0, rate: 10.0 });
    assert_eq!(
        (second.kind, second.connections, second.connects, second.disconnects),
        (ClientKind::Producer, 1.0, 6.0, 2.0)
    );
    assert_eq!((second.in_flight, second.latency), (4.0, Spread { avg: 2.0, max: 4.0 }));
    assert!(second.throttle.avg.is_nan() && second.throttle.max.is_nan());
    let own = second.producer.unwrap();
    assert_eq!(own.queue_time, Spread { avg: 3.0, max: 5.0 });
    assert_eq!((own.batch_bytes, own.batch_records), (Spread { avg: 100.0, max: 200.0 }, 2.0));
    assert_eq!((own.queued_bytes, own.queue_limit), (10.0, 100.0));
    // The queue of records without a partition is none.
    let topic = ("t".to_owned(), Count { total: 30.0, rate: 10.0 }, Count { total: 300.0, rate: 100.0 });
    assert_eq!(own.topics, [topic]);
    assert_eq!(second.consumer, None);
}

#[test]
fn a_consumer_tells_its_lag_where_it_reads() {
    let [_, second] = read_twice("consumer");
    assert_eq!(second.records, Count { total: 60.0, rate: 20.0 });
    let own = second.consumer.unwrap();
    assert_eq!(own.lags, [("t".to_owned(), 0, 4.0)]);
    assert_eq!((own.assigned, own.rebalances, own.last_rebalance), (1.0, 2.0, Some(1.5)));
    assert_eq!(own.fetches, Count { total: 10.0, rate: 0.0 });
    assert_eq!(second.producer, None);
}

#[test]
fn a_client_is_shown_until_it_is_gone() {
    let name = "of-this-test";
    let mut json = found("producer", 1_000_000, 1);
    json["name"] = json!(name);
    json["client_id"] = json!(name);
    let shown = || all().iter().any(|client| client.client_id == name);
    assert!(!shown());
    take(json.to_string().as_bytes());
    take(b"no json");
    assert!(shown());
    forget(name);
    assert!(!shown());
}
