//! Smoke.
#![allow(missing_docs, reason="x")]
use foster::*;
use std::time::Duration;
#[tokio::test]
async fn smoke() {
    let n = scope!(|s| { let a = s.spawn(async {1}); let b = s.spawn(async { tokio::task::yield_now().await; 2}); a.await + b.await }).await;
    assert_eq!(n, 3);
    let r: Result<u32, std::io::Error> = try_scope!(|s| {
        let a = s.spawn(async { Ok::<_, std::io::Error>(1) });
        s.launch(async { loop { tokio::task::yield_now().await } });
        s.launch(async { Err(std::io::Error::other("no")) });
        let x = a.await;
        std::future::pending::<()>().await;
        Ok(x)
    }).await;
    assert_eq!(r.unwrap_err().to_string(), "no");
    let mut v = vec![1];
    scope!(|s| { s.interleave(async { tokio::task::yield_now().await; v.push(2) }); s.background(std::future::pending::<()>()); }).await;
    assert_eq!(v, [1,2]);
    let r = scope!(|s| { s.spawn(std::future::pending::<()>()).await }).named("x").within(Duration::from_millis(5)).await;
    assert_eq!(r, Err(Interrupted::Elapsed));
    let x = shield!({ tokio::task::yield_now().await; 5 }).await;
    assert_eq!(x, 5);
    let y: Result<u8, std::io::Error> = shield!(async { Ok(1) }.await).named("k").await;
    y.unwrap();
    let sup = Supervisor::builder("s").build();
    sup.launch(async { Err(std::io::Error::other("bad")) });
    sup.launch(async { panic!("boo") });
    let h = sup.attempt(async { Ok::<_, BoxError>(3) });
    assert_eq!(h.await.unwrap(), 3);
    let rep = sup.shutdown().await;
    println!("{rep}");
    assert_eq!((rep.finished, rep.failed, rep.panicked), (1,1,1));
    {
        let sc = scope!(|s| { s.launch(std::future::pending::<()>()); std::future::pending::<()>().await });
        tokio::select! { () = sc => {}, () = tokio::task::yield_now() => {} }
        root().drained().await;
        assert_eq!(root().live(), 0);
    }
}
