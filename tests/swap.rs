//! Scopes that change places by `mem::swap`: each scope still waits for what it started, and what has
//! ended says so (R12, R13).

use std::future::pending;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foster::{scope, try_scope};

use crate::support::{Fault, Probes, both, panic_of, text_of, until};

#[test]
fn swapped_scopes_wait_for_what_is_started_through_them() {
    both(async || {
        let (of_outer, of_inner) = (Probes::slow(), Probes::slow());
        scope!(|outer| {
            scope!(|inner| {
                mem::swap(outer, inner);
                for _ in 0..10 {
                    let (a, b) = (of_outer.probe(), of_inner.probe());
                    inner.launch(async move {
                        tokio::task::yield_now().await;
                        drop(a);
                    });
                    outer.launch(async move {
                        tokio::task::yield_now().await;
                        drop(b);
                    });
                }
            })
            .await;
            of_inner.all_dropped(10);
        })
        .await;
        of_outer.all_dropped(10);
    });
}

#[test]
fn scope_that_was_swapped_out_of_its_body_refuses_when_it_has_ended() {
    both(async || {
        for start in 0..7 {
            let probes = Probes::new();
            let payload = panic_of(try_scope!(|outer| -> Result<(), Fault> {
                try_scope!(|inner| -> Result<(), Fault> {
                    mem::swap(outer, inner);
                    Ok(())
                })
                .await?;
                let probe = probes.probe();
                let child = async move {
                    drop(probe);
                    Ok::<_, Fault>(())
                };
                match start {
                    0 => outer.launch(child),
                    1 => outer.background(child),
                    2 => outer.spawn(child).await,
                    3 => outer.attempt(child).await.unwrap_or_default(),
                    4 => {
                        let work = move || {
                            drop(child);
                            Ok::<_, Fault>(())
                        };
                        outer.spawn_blocking(work).await;
                    }
                    5 => {
                        // Not a panic: the future comes back, and is told so.
                        let handed_back = outer.spawner().launch(child).unwrap_err();
                        panic!("{handed_back}, as this scope has ended");
                    }
                    _ => outer.interleave(child),
                }
                Ok(())
            }))
            .await;
            let text = text_of(&*payload);
            assert!(text.contains("has ended"), "{start}: {text}");
            probes.all_dropped(1);
        }
    });
}

#[test]
fn cancel_children_of_a_swapped_scope_ends_those_of_the_scope_it_is() {
    both(async || {
        let (of_outer, of_inner) = (Probes::slow(), Probes::slow());
        let parked = Arc::new(AtomicUsize::new(0));
        let park = |probes: &Probes| {
            let (probe, parked) = (probes.probe(), Arc::clone(&parked));
            async move {
                let _probe = probe;
                parked.fetch_add(1, Ordering::SeqCst);
                pending::<()>().await;
            }
        };
        scope!(|outer| {
            outer.background(park(&of_outer));
            scope!(|inner| {
                inner.background(park(&of_inner));
                mem::swap(outer, inner);
                until(|| parked.load(Ordering::SeqCst) == 2).await;
                inner.cancel_children().await;
                assert_eq!((of_outer.dropped(), of_inner.dropped()), (1, 0));
                mem::swap(outer, inner);
            })
            .await;
            of_inner.all_dropped(1);
            assert_eq!(outer.live(), 0);
        })
        .await;
    });
}
