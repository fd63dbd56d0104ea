//! What must be true of the server whatever arrives when.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::scenario::{Full, Server};

const MS: u64 = 1_000_000;

fn request(latency_ns: u64, bytes: u32) -> Request {
    Request { latency_ns, bytes, seed: 7, attempt: 0 }
}

/// Each arrival with what became of it.
fn served(server: &Server, arrivals: &[(u64, u64)]) -> Vec<(u64, Reply)> {
    let (mut state, mut now_ns) = (State::default(), 0);
    let each = arrivals.iter().map(|(after_ns, latency_ns)| {
        now_ns += after_ns;
        (now_ns, state.ask(server, now_ns, request(*latency_ns, 1_000)))
    });
    each.collect()
}

fn arrivals() -> impl Strategy<Value = Vec<(u64, u64)>> {
    vec((0..40 * MS, 1..100 * MS), 1..120)
}

proptest! {
    /// No more than the capacity at once; first come, first served; and nobody waits while a place is free.
    #[test]
    fn the_capacity_is_kept_in_order_and_used(capacity in 1..8_u32, arrivals in arrivals()) {
        let server = Server { capacity, ..Server::default() };
        let mut spans: Vec<(u64, u64)> = Vec::new();
        for ((now_ns, reply), (_, latency_ns)) in served(&server, &arrivals).into_iter().zip(&arrivals) {
            let Reply::Answered(end_ns) = reply else { panic!("refused") };
            let begin_ns = end_ns - latency_ns;
            let at_once = |at_ns: u64| spans.iter().filter(|(begin, end)| *begin <= at_ns && at_ns < *end).count();
            prop_assert!(at_once(begin_ns) < capacity as usize, "one too many");
            prop_assert!(spans.last().is_none_or(|(before, _)| *before <= begin_ns), "somebody was overtaken");
            prop_assert!(begin_ns == now_ns || (begin_ns > now_ns && at_once(begin_ns - 1) == capacity as usize),
                "it waited although a place was free");
            spans.push((begin_ns, end_ns));
        }
    }

    /// A full server refuses exactly those that would have had to wait.
    #[test]
    fn it_refuses_where_it_would_queue(capacity in 1..8_u32, arrivals in arrivals()) {
        let server = Server { capacity, full: Full::Refuse, ..Server::default() };
        let mut taken: Vec<u64> = Vec::new();
        for (now_ns, reply) in served(&server, &arrivals) {
            taken.retain(|end_ns| *end_ns > now_ns);
            match reply {
                Reply::Answered(end_ns) => taken.push(end_ns),
                other => prop_assert_eq!(other, Reply::Refused(Refusal::Full)),
            }
            prop_assert!(taken.len() <= capacity as usize);
            prop_assert!(!matches!(reply, Reply::Refused(_)) || taken.len() == capacity as usize);
        }
    }

    /// In any stretch of time no more are let in than the burst and what the rate allows; and no fewer, where they come.
    #[test]
    fn the_rate_is_kept(rate in 1..200_u32, burst in 1..10_u32, arrivals in arrivals()) {
        let server = Server { rate_per_s: rate.into(), burst, ..Server::default() };
        let replies = served(&server, &arrivals);
        let admitted: Vec<u64> =
            replies.iter().filter(|(_, reply)| matches!(reply, Reply::Answered(_))).map(|(at, _)| *at).collect();
        let each_ns = 1_000_000_000 / u64::from(rate);
        for (i, from) in admitted.iter().enumerate() {
            for (j, to) in admitted.iter().enumerate().skip(i) {
                prop_assert!((j - i) as u64 <= u64::from(burst - 1) + (to - from).div_ceil(each_ns));
            }
        }
        // Refused only with the bucket empty: the last `burst` that were let in came in too short a time for another.
        for (at, reply) in &replies {
            let before = admitted.iter().filter(|admitted| **admitted <= *at);
            if matches!(reply, Reply::Refused(_)) {
                prop_assert!(before.clone().count() >= burst as usize);
            }
        }
    }

    /// Bodies pass the link one after another, none of it idle while one waits, in the order of their requests.
    #[test]
    fn the_link_is_one(arrivals in arrivals()) {
        // 1,000 bytes at 1 Mbit/s take 8 ms.
        let server = Server { bandwidth_mbit: 1.0, ..Server::default() };
        let mut free_ns = 0;
        for ((now_ns, reply), (_, latency_ns)) in served(&server, &arrivals).into_iter().zip(&arrivals) {
            free_ns = now_ns.max(free_ns) + 8 * MS;
            prop_assert_eq!(reply, Reply::Answered(free_ns + latency_ns));
        }
    }

    /// What comes from another process is as what stays.
    #[test]
    fn it_travels(capacity in 1..8_u32, slows in 0.0..2.0_f64, arrivals in arrivals()) {
        let server = Server { capacity, slows, rate_per_s: 100.0, burst: 5, bandwidth_mbit: 8.0, ..Server::default() };
        let (mut here, mut there, mut now_ns) = (State::default(), State::default(), 0);
        for (after_ns, latency_ns) in arrivals {
            now_ns += after_ns;
            let bytes = postcard::to_allocvec(&there).expect("plain data");
            there = postcard::from_bytes(&bytes).expect("as it was");
            let request = request(latency_ns, 500);
            prop_assert_eq!(there.ask(&server, now_ns, request), here.ask(&server, now_ns, request));
        }
    }
}

#[test]
fn an_answer_is_slower_for_each_that_is_served_beside_it() {
    let server = Server { slows: 0.5, capacity: 2, ..Server::default() };
    let mut state = State::default();
    let mut ask = |at_ms: u64| state.ask(&server, at_ms * MS, request(100 * MS, 0));
    assert_eq!(ask(0), Reply::Answered(100 * MS), "alone");
    assert_eq!(ask(10), Reply::Answered(160 * MS), "one beside it");
    assert_eq!(ask(20), Reply::Answered(250 * MS), "queued until 100 ms, then one beside it");
    let mut unlimited = State::default();
    let server = Server { capacity: 0, ..server };
    let ends: Vec<_> = (0..3).map(|_| unlimited.ask(&server, 0, request(100 * MS, 0))).collect();
    assert_eq!(ends, [100, 150, 200].map(|ms| Reply::Answered(ms * MS)));
}

#[test]
fn errors_are_the_same_whoever_asks_and_when_and_others_in_another_attempt() {
    let server = Server { errors: 0.3, ..Server::default() };
    let failed = |attempt, order: &[u32]| -> Vec<u32> {
        let mut state = State::default();
        let mut failed: Vec<u32> = order
            .iter()
            .copied()
            .filter(|seed| {
                let request = Request { seed: *seed, attempt, ..request(MS, 10) };
                matches!(state.ask(&server, 0, request), Reply::Failed(at_ns) if at_ns == MS)
            })
            .collect();
        failed.sort_unstable();
        failed
    };
    let seeds: Vec<u32> = (0..1_000).collect();
    let backwards: Vec<u32> = seeds.iter().rev().copied().collect();
    let first = failed(0, &seeds);
    assert!((240..360).contains(&first.len()), "{}", first.len());
    assert_eq!(first, failed(0, &backwards));
    assert_ne!(first, failed(1, &seeds));
}

#[test]
fn time_does_not_go_back() {
    let server = Server { capacity: 1, ..Server::default() };
    let mut state = State::default();
    assert_eq!(state.ask(&server, 50, request(10, 0)), Reply::Answered(60));
    assert_eq!(state.ask(&server, 40, request(10, 0)), Reply::Answered(70));
}

#[test]
fn each_wait_is_twice_the_last() {
    assert_eq!([1, 2, 3, 10].map(|attempt| backoff_ns(100.0, attempt) / MS), [100, 200, 400, 51_200]);
}

#[test]
fn a_connection_is_paid_for_once_where_it_is_kept() {
    let kept = Server { connect_ms: 30.0, ..Server::default() };
    let mut client = Connections::default();
    assert_eq!((client.take(&kept), client.take(&kept)), (30 * MS, 30 * MS), "two at once are two connections");
    client.give_back(&kept);
    assert_eq!((client.take(&kept), client.take(&kept)), (0, 30 * MS));
    let closed = Server { keep_alive: false, ..kept };
    let mut client = Connections::default();
    assert_eq!(client.take(&closed), 30 * MS);
    client.give_back(&closed);
    assert_eq!(client.take(&closed), 30 * MS);
}
