//! Exact counts of drops on every path: what a task holds and what it yields goes once, and before its
//! owner ends (R1).

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use foster::{scope, try_scope};
use tokio::runtime;
use tokio::sync::Notify;

use crate::support::{
    Fault, Probe, Probes, both, multi, panic_of, poll_once, single, text_of, unowned, until,
};

#[test]
fn value_that_is_taken_belongs_to_who_took_it() {
    both(async || {
        let probes = Probes::new();
        let taken = scope!(|s| {
            let (a, b) = (probes.probe(), probes.probe());
            let (a, b) = (s.spawn(async { a }), s.spawn_blocking(|| b));
            let taken = (a.await, b.await);
            assert_eq!(s.live(), 0);
            taken
        })
        .await;
        assert_eq!(probes.dropped(), 0);
        drop(taken);
        probes.all_dropped(2);
    });
}

#[test]
fn value_that_nobody_takes_is_dropped_before_the_scope_ends() {
    multi(async || {
        for round in 0..200 {
            let probes = Probes::slow();
            scope!(|s| {
                let (a, b, c) = (probes.probe(), probes.probe(), probes.probe());
                let unread = s.spawn(async move { a });
                let attempted = s.attempt(async move { b });
                let blocking = s.spawn_blocking(move || c);
                if round % 2 == 0 {
                    until(|| unread.is_finished()).await;
                }
                assert!(round % 2 == 1 || unread.is_finished());
                assert_ne!(attempted.id(), blocking.id());
            })
            .await;
            probes.all_dropped(3);
        }
    });
}

#[test]
fn value_counts_as_its_child_until_it_is_gone() {
    both(async || {
        let probes = Probes::new();
        scope!(|s| {
            {
                let probe = probes.probe();
                let (unread, plain) = (s.spawn(async move { probe }), s.spawn(async { 1 }));
                until(|| unread.is_finished() && plain.is_finished()).await;
                assert_eq!((s.live(), probes.dropped()), (1, 0), "the plain value needs no drop");
            }
            assert_eq!((s.live(), probes.dropped()), (0, 1));
        })
        .await;
    });
}

#[test]
fn what_a_child_holds_is_gone_before_its_handle_yields() {
    both(async || {
        for _ in 0..50 {
            let probes = Probes::slow();
            scope!(|s| {
                let (a, b) = (probes.probe(), probes.probe());
                let spawned = s.spawn(async move {
                    let _probe = a;
                    tokio::task::yield_now().await;
                    1
                });
                let attempted = s.attempt(async move {
                    let _probe = b;
                });
                assert_eq!(spawned.await, 1);
                assert!(attempted.await.is_ok());
                probes.all_dropped(2);
            })
            .await;
        }
    });
}

#[test]
fn failing_scope_drops_all_once() {
    both(async || {
        let probes = Probes::slow();
        let ended: Result<Probe, Fault> = try_scope!(|s| {
            start_all(s, &probes).await;
            s.launch(async { Err(Fault("bad")) });
            pending().await
        })
        .await;
        assert_eq!(ended.unwrap_err(), Fault("bad"));
        probes.all_dropped(6);
    });
}

#[test]
fn panicking_scope_drops_all_once() {
    both(async || {
        let probes = Probes::slow();
        let payload = panic_of(try_scope!(|s| -> Result<(), Fault> {
            start_all(s, &probes).await;
            panic!("body");
        }))
        .await;
        assert_eq!(text_of(&*payload), "body");
        probes.all_dropped(6);
    });
}

/// Starts a child of each kind, each with a probe, and waits until most of them are parked.
async fn start_all(s: &foster::Scope<'_, foster::FailFast<Fault>>, probes: &Probes) {
    let parked = Arc::new(Notify::new());
    let park = || {
        let (probe, parked) = (probes.probe(), Arc::clone(&parked));
        async move {
            let _probe = probe;
            parked.notify_one();
            pending::<Result<(), Fault>>().await
        }
    };
    s.launch(park());
    parked.notified().await;
    s.background(park());
    parked.notified().await;
    {
        let (spawned, attempted) = (s.spawn(park()), s.attempt(park()));
        assert_ne!(spawned.id(), attempted.id());
    }
    s.interleave(park());
    tokio::task::yield_now().await;
    s.interleave(park()); // is dropped before its first poll
}

#[test]
fn scope_that_is_dropped_before_its_first_poll_drops_its_body_only() {
    both(async || {
        let (probes, ran) = (Probes::new(), AtomicBool::new(false));
        let probe = probes.probe();
        let unpolled = Box::pin(scope!(|s| {
            let _probe = probe;
            ran.store(true, Ordering::SeqCst);
            s.launch(pending::<()>());
        }));
        assert_eq!(probes.dropped(), 0);
        drop(unpolled);
        assert!(!ran.load(Ordering::SeqCst));
        probes.all_dropped(1);
    });
}

#[test]
fn scope_that_is_dropped_midway_drops_all_once() {
    both(async || {
        let probes = Probes::slow();
        scope!(|_outer| {
            let mut inner = Box::pin(try_scope!(|s| -> Result<(), Fault> {
                let _local = probes.probe();
                start_all(s, &probes).await;
                pending().await
            }));
            while probes.made() < 7 {
                assert!(poll_once(&mut inner).await.is_pending());
                tokio::task::yield_now().await;
            }
            drop(inner);
        })
        .await;
        probes.all_dropped(7);
    });
}

#[test]
fn scope_that_is_dropped_while_it_drains_drops_its_value() {
    both(async || {
        let (value, child) = (Probes::new(), Probes::slow());
        scope!(|_outer| {
            let mut inner = Box::pin(scope!(|s| {
                let probe = child.probe();
                s.launch(async move {
                    let _probe = probe;
                    pending::<()>().await;
                });
                value.probe()
            }));
            assert!(poll_once(&mut inner).await.is_pending());
            assert_eq!((value.made(), value.dropped()), (1, 0));
            drop(inner);
            value.all_dropped(1);
        })
        .await;
        child.all_dropped(1);
    });
}

#[test]
fn finished_children_are_gone_while_the_scope_is_open() {
    both(async || {
        let probes = Probes::new();
        scope!(|s| {
            for _ in 0..1000 {
                let (a, b, c) = (probes.probe(), probes.probe(), probes.probe());
                s.launch(async move {
                    tokio::task::yield_now().await;
                    drop(a);
                });
                let failed = s.attempt(async move {
                    let _probe = b;
                    panic!("kept in its handle, and gone with it");
                });
                let cancelled = s.spawn(async move {
                    let _probe = c;
                    pending::<()>().await;
                });
                assert!(failed.await.is_err());
                assert_eq!(cancelled.cancel().await, None);
            }
            until(|| s.live() == 0).await;
            probes.all_dropped(3000);
        })
        .await;
    });
}

#[test]
fn end_of_the_runtime_drops_all_once() {
    for mut builder in
        [runtime::Builder::new_current_thread(), runtime::Builder::new_multi_thread()]
    {
        let (probes, parked) = (Probes::slow(), Arc::new(Notify::new()));
        let runtime = builder.worker_threads(2).enable_all().build().unwrap();
        runtime.block_on({
            let (probes, parked) = (probes.clone(), Arc::clone(&parked));
            async move {
                let all_started = Arc::clone(&parked);
                // Nobody awaits it: it is in the middle of its body when the runtime ends.
                drop(unowned(async move {
                    try_scope!(|s| -> Result<(), Fault> {
                        let (value, _local) = (probes.probe(), probes.probe());
                        let unread = s.spawn(async { Ok::<_, Fault>(value) });
                        until(|| unread.is_finished()).await;
                        start_all(s, &probes).await;
                        all_started.notify_one();
                        pending().await
                    })
                    .await
                }));
                parked.notified().await;
            }
        });
        drop(runtime);
        probes.all_dropped(8);
    }
}

#[test]
fn destructors_run_once_when_a_scope_is_polled_after_its_end() {
    single(async || {
        let probes = Probes::new();
        let mut ended = Box::pin(scope!(|s| {
            let probe = probes.probe();
            s.launch(async move { drop(probe) });
        }));
        ended.as_mut().await;
        let again = panic_of(ended.as_mut()).await;
        assert!(text_of(&*again).contains("polled after completion"));
        drop(ended);
        probes.all_dropped(1);
    });
}
