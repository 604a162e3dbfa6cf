//! What an ended owner hands back (R12): an error, with the future in it.

use std::cell::Cell;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foster::{BoxError, Closed, Spawner, Supervisor, checkpoint, scope};

use crate::support::{Fault, Probes, both};

/// The right to start tasks in a supervisor that has ended.
async fn ended() -> Spawner {
    let sup = Supervisor::builder("shop").build();
    let spawner = sup.spawner();
    assert!(sup.join().await.is_clean());
    spawner
}

/// Is `Send`, but not `Sync`.
async fn unsync(held: Cell<u32>) {
    checkpoint().await;
    held.set(1);
}

#[test]
fn a_refused_launch_is_an_error_whatever_its_future() {
    fn is_error<E: Error + Send + Sync + 'static>(_: &E) {}
    fn launch(spawner: &Spawner) -> Result<(), BoxError> {
        spawner.launch(unsync(Cell::new(0)))?;
        Ok(())
    }
    async fn attempt(spawner: &Spawner) -> Result<u32, BoxError> {
        let held = Cell::new(7);
        let value = spawner.attempt(async move {
            checkpoint().await;
            Ok::<_, Fault>(held.get())
        });
        Ok(value?.await?)
    }
    both(async || {
        let spawner = ended().await;
        let told = launch(&spawner).unwrap_err();
        assert_eq!(told.to_string(), "the owner has ended and starts no more tasks");
        assert_eq!(attempt(&spawner).await.unwrap_err().to_string(), told.to_string());
        let closed = spawner.launch(unsync(Cell::new(0))).unwrap_err();
        is_error(&closed);
        let sup = Supervisor::builder("open").build();
        assert_eq!(attempt(&sup.spawner()).await.unwrap(), 7);
    });
}

#[test]
fn what_is_handed_back_can_be_awaited_or_started_elsewhere() {
    both(async || {
        let spawner = ended().await;
        let ran = Arc::new(AtomicUsize::new(0));
        let work = || {
            let ran = Arc::clone(&ran);
            async move {
                ran.fetch_add(1, Ordering::SeqCst);
            }
        };
        let Err(Closed(here)) = spawner.launch(work()) else { panic!("it has ended") };
        here.await;
        let Err(Closed(there)) = spawner.launch(work()) else { panic!("it has ended") };
        scope!(|s| s.launch(there.into_inner())).await;
        spawner.launch(work()).unwrap_err().into_inner().await;
        assert_eq!(ran.load(Ordering::SeqCst), 3);
    });
}

#[test]
fn what_is_handed_back_is_printed_and_dropped_without_a_poll() {
    both(async || {
        let (spawner, probes) = (ended().await, Probes::new());
        let probe = probes.probe();
        let closed = spawner
            .launch(async move {
                let _probe = probe;
                unreachable!("it is never polled");
            })
            .unwrap_err();
        assert_eq!(format!("{closed:?}"), "Closed(..)");
        let Closed(handed_back) = closed;
        assert_eq!(format!("{handed_back:?}"), "HandedBack(..)");
        drop(handed_back);
        probes.all_dropped(1);
    });
}
