//! Bodies that lose nothing: a check that rejects one of them is a bug.

use super::{accepts, errors_in};

const USES_OF_A_HANDLE: &[&str] = &[
    "h.await",
    "let v = h.await; v",
    "return h.await;",
    "h.await?; Ok(())",
    "Ok(h.await)",
    "h.cancel().await;",
    "let v = h.cancel().await; v",
    "if h.is_finished() { 1 } else { 2 }",
    "h.id()",
    "use_it(h).await",
    "use_it(&h); 1",
    "use_it(&mut h).await",
    "Box::pin(h).await",
    "Some(h).unwrap().await",
    "if c { h.await; } 1",
    "if c { drop(h); } else { h.await; }",
    "if c { let g = h; } else { h.await; }",
    "let mut hs = Vec::new(); if c { hs.push(h); } else { h.await; }",
    "match c { A => drop(h), B => { h.await; } }",
    "if c { return; } h.await",
    "loop { if h.is_finished() { break; } tick().await; }",
    "while !h.is_finished() { tick().await; }",
    "async { h.await }.await",
    "let f = async { h.await }; f.await",
    "let f = || h.is_finished(); f()",
    "let f = move || { let h = h; async { h.await } }; f().await",
    "s.interleave(async { h.await; });",
    "s.interleave(async move { use_it(h.await); });",
    "let g = h; g.await",
    "let (g, _) = (h, 1); g.await",
    "let [g] = [h]; g.await",
    "let pair = (h, 1); pair.0.await",
    "let pair = Pair { h, n: 1 }; pair.h.await",
    "let pair = Pair { h: h, ..base }; pair.run().await",
    "let mut hs = vec![h]; hs.pop().unwrap().await",
    "let mut hs = Vec::new(); hs.push(h); for h in hs { h.await; }",
    "let mut hs = Vec::new(); hs.push(h); join_all(hs).await",
    "let mut hs = Vec::new(); hs.push(h); while let Some(h) = hs.pop() { h.await; }",
    "let mut hs = Vec::new(); hs.push(h); for h in hs.drain(..) { h.await; }",
    "let mut hs = Vec::new(); hs.push(h); for h in &mut hs { h.await; }",
    "let mut hs = Vec::new(); hs.push(h); hs.remove(0).await",
    "let mut hs = Vec::new(); hs.push(h); hs[0].is_finished()",
    "let mut hs = FuturesUnordered::new(); hs.push(h); while let Some(v) = hs.next().await { use_it(v); }",
    "let mut h = Some(h); if let Some(h) = h.take() { h.await; }",
    "let mut h = Some(h); while let Some(g) = h.take() { g.await; }",
    "let h = Some(h); let Some(h) = h else { return }; h.await",
    "let h = Some(h); match h { Some(h) => h.await, None => 1 }",
    "let h = Some(h); h?.await",
    "let v = tokio::join!(h, other()); v",
    "let v = tokio::try_join!(async { Ok(h.await) }, other())?; v",
    "tokio::select! { v = &mut h => v, _ = tick() => 1 }",
    "tokio::select! { biased; v = &mut h, if c => v, else => 1 }",
    "tokio::select! { _ = tick() => { h.await } }",
    "tokio::select! { v = &mut h => v, () = async { tick().await } => { return 1 } }",
    "futures::select! { v = h.fuse() => v, complete => 1, default => 2 }",
    "tokio::pin!(h); h.await",
    "let h = pin!(h); h.await",
    "println!(\"{h:?}\"); 1",
    "println!(\"{:?}\", h); 1",
    "info!(?h, \"started\"); 1",
    "tracing::info!(task = %h.id(), \"started\"); 1",
    "assert!(!h.is_finished()); 1",
    "assert_eq!(h.await, 1);",
    "matches!(h.await, Some(1))",
    "my_macro!(h)",
    "my_macro!(take h into value); value",
    "my_macro! { let v = h; v.await }",
    "macro_rules! take { () => { h.await } } take!()",
    "let v = vec![h.await]; v",
    "outer.push(h.await);",
    "outer.send(h.await).await;",
    "outer = h.await;",
    "tx.send(h.id());",
    "let tx = channel(); tx.send(h).await;",
    "scope!(|t| { t.launch(work()); h.await }).await",
    "scope!(|t| { if c { h.await } else { t.live() } }).await",
    "shield!(save(1).await).await; h.await",
    "let v = { h }.await; v",
    "let v = (h).await; v",
    "let v = if c { h.await } else { 1 }; v",
    "let v = match h { h => h.await }; v",
    "let h = h.map(|v| v + 1); h.await",
    "let h = h.fuse(); h.await",
    "let f = h.then(|v| async move { v }); f.await",
    "timeout(second, h).await",
    "timeout(second, &mut h).await.is_ok()",
    "let h = async move { h.await }; h.await",
    "s.spawn(work(h.await)).await",
    "s.launch({ let v = h.await; async move { use_it(v); } });",
    "std::mem::replace(&mut h, s.spawn(work())).await",
    "mem::drop(h.await);",
    "let r = &mut h; r.await",
    "self.finish(h).await",
    "Self::finish(h).await",
    "let _ = h.await;",
    "_ = h.await;",
    "let _ = h.cancel().await;",
    "'a: { if c { break 'a h.await; } 1 }",
    "let v = loop { break h; }; v.await",
    "const N: usize = 1; h.await",
    "(async || h.await)().await",
    "let h: Pin<Box<dyn Future<Output = u32>>> = Box::pin(h); h.await",
    "let fs: Vec<BoxFuture<u32>> = vec![Box::pin(h)]; join_all(fs).await",
    "stream::iter([h]).buffer_unordered(2).collect::<Vec<_>>().await",
    "unsafe { take(h) }.await",
    "let x = &h as &dyn Debug; log(x);",
    "drop(h.await);",
    "let (a, b) = (h, s.spawn(b())); a.await + b.await",
    "if let Poll::Ready(v) = poll!(&mut h) { return v; } 1",
    "return match h.cancel().await { Some(v) => v, None => 0 };",
];

#[test]
fn handle_that_is_used_in_any_way() {
    for used in USES_OF_A_HANDLE {
        accepts(&format!("let h = s.spawn(work()); {used}"));
        accepts(&format!("let mut h = s.attempt(work()); let n = 1; {used}"));
        accepts(&format!("let t = &*s; let h = t.spawn_blocking(work); {{ {used} }}"));
        accepts(&format!("let h; h = s.spawn(work()); {used}"));
    }
}

#[test]
fn what_is_no_scope_of_ours() {
    for body in [
        "std::thread::scope(|s| { s.spawn(|| work()); });",
        "let s = other(); s.spawn(work());",
        "let work = |s: &mut Set| { s.spawn(work()); }; work(set);",
        "fn helper(s: &mut Set) { s.spawn(work()); let _ = s.spawn(work()); }",
        "for s in sets { s.spawn(work()); }",
        "if let Some(s) = set { s.spawn(work()); }",
        "while let Some(s) = sets.pop() { let _ = s.spawn(work()); }",
        "match set { Some(s) => { s.spawn(work()); } None => {} }",
        "match set { Some(s) if s.spawn(work()).is_ok() => {} _ => {} }",
        "let Some(s) = set else { return }; s.spawn(work());",
        "let (s, t) = sets(); s.spawn(work());",
        "let (t, s) = (s, other()); t.launch(work()); s.spawn(work());",
        "impl Set { fn go(&self, s: &Set) { s.spawn(work()); } }",
        "self.s.spawn(work());",
        "other.spawn(work()); let _ = other.spawn(work()); drop(other.spawn(work()));",
        "s.other.spawn(work());",
        "s().spawn(work());",
        "scope!(|s| { s.spawn(work()); }).await",
        "foster::try_scope!(|s| -> Result<(), E> { let h = s.spawn(work()); Ok(()) }).await",
        "tokio::select! { s = set() => { s.spawn(work()); } }",
        "let spawner = s.spawner(); let _ = spawner.launch(work());",
        "s.launch(work()); s.background(work()); s.interleave(work()); s.live(); s.cancel_children().await;",
    ] {
        accepts(body);
    }
}

#[test]
fn what_only_looks_lost() {
    for body in [
        // The user's own macro may await each of these.
        "each! { s.spawn(a()); s.spawn(b()); }",
        "each!(s.spawn(a()), s.spawn(b()));",
        "each!({ s.spawn(a()); }, 1);",
        "each!(let h = s.spawn(a()); h);",
        "each!(drop(s.spawn(a())));",
        "each!(shield!(a()));",
        "let x = 1; each!(x = s.spawn(a()));",
        // One of the two is there.
        "#[cfg(unix)] let h = s.spawn(a()); #[cfg(not(unix))] let h = s.spawn(b()); h.await",
        "#[cfg(unix)] let h = s.spawn(a()); #[cfg(not(unix))] let h = s.spawn(b()); my_macro!(h)",
        "let h = s.spawn(a()); #[cfg(test)] let h = wrap(1); h.await",
        // What a function makes of a handle is not known.
        "keep(s.spawn(a()));",
        "outer.keep(s.spawn(a()));",
        "Keeper(s.spawn(a()));",
        "Keeper::new(s.spawn(a()));",
        "let _keeper = Keeper::new(s.spawn(a()));",
        "let mut hub = Hub::new(); hub.push(s.spawn(a())); hub.send(s.spawn(b()));",
        "s.spawn(a()).id();",
        "let _id = s.spawn(a()).id();",
        "s.spawn(a()).cancel().await;",
        "drop(s.spawn(a()).cancel().await);",
        "let _ = s.spawn(a()).await;",
        "s.spawn(a()).map(|v| v + 1).await;",
        "ids.map(|id| s.spawn(work(id))).for_each(keep);",
        "ids.map(|id| s.spawn(work(id))).map(keep).collect::<Vec<_>>();",
        "let all = join_all(ids.map(|id| s.spawn(work(id)))).await; 1",
        "let start = |id| s.spawn(work(id)); start(1).await",
        "let start = |id| { let h = s.spawn(work(id)); h }; start(1).await",
        "fn drop<T>(t: T) { keep(t) } drop(s.spawn(a()));",
        "use my::drop; drop(s.spawn(a()));",
        "let drop = keep; drop(s.spawn(a()));",
        "my::mem::drop(s.spawn(a())); self.drop(s.spawn(a()));",
        "let hs = [s.spawn(a()), s.spawn(b())]; let [a, b] = hs; a.await; b.await;",
        "let mut hs = Vec::new(); let mut go = |id| hs.push(s.spawn(work(id))); go(1); drain(hs).await",
        "let mut hs = Vec::new(); hs.push(1); hs.len();",
        "let mut hs = Vec::new(); { let hs = &mut hs; hs.push(s.spawn(a())); drain(hs).await }",
        "let mut prev = s.spawn(a()); for id in ids { prev = s.spawn(next(id, prev.await)); } prev.await",
        "let h = s.spawn(a()); let h = s.spawn(b(h.await)); h.await",
        "let f = shield!(a()); tokio::select! { v = f => v, _ = tick() => 1 }",
        "let f = scope!(|t| 1); let f = f.named(\"x\"); f.await",
        "shield!(a())",
        "return scope!(|t| 1);",
        "s.launch(shield!(a())); s.interleave(scope!(|t| { t.launch(b()); }));",
        "let f = move || shield!(a()); f().await",
        "profiling::scope!(\"name\"); puffin::scope!(data); my::shield!(x); scope!();",
    ] {
        accepts(body);
    }
}

#[test]
fn what_only_looks_like_an_unowned_task() {
    for body in [
        "spawn(work()); task::spawn(work()); thread::spawn(work);",
        "my::tokio::spawn(work()); crate::tokio::task::spawn(work());",
        "self.spawn(work()); rt.spawn(work()); handle.spawn_blocking(work);",
        "tokio::time::sleep(second).await; tokio::task::yield_now().await;",
        "tokio::task::JoinSet::len(&set); let n: Option<JoinSet<u8>> = None;",
        "let rt = tokio::runtime::Handle::current(); rt.block_on(work()); rt.enter();",
        "let name = \"tokio::spawn\"; println!(\"tokio::spawn {name}\");",
        "/// tokio::spawn\nfn f() {}",
        "#[doc = \"tokio::spawn\"] fn f() {}",
        "spawn!(tokio); tokio::spawn!(work());",
        "{ use tokio::spawn; } spawn(work());",
        "use tokio::task; fn go() { my::task::spawn(work()); }",
        "use my::spawn; { spawn(work()); }",
        "let spawn = other; { use tokio::task; spawn(work()); task::yield_now(); }",
        "use tokio::spawn; let spawn = other(); spawn(work());",
        "use tokio::spawn; fn go(spawn: impl Fn(u8)) { spawn(1); }",
        "a.tokio.spawn(x); tokio::spawned(); tokio_util::spawn(x);",
        "std::thread::scope(|t| { t.spawn(work); }); std::thread::sleep(second);",
    ] {
        accepts(body);
    }
}

/// What an editor sees: rustc reports the syntax, and nothing else is said.
#[test]
fn what_is_half_typed() {
    for body in [
        "let h = s.spawn(a()); h.",
        "s.spawn(a())..;",
        "let h = s.spawn(a()) let",
        "if s.spawn(a()) {",
        "let _ = s.spawn(a()). let",
        "match s.spawn(a()) { A => }",
        "#[allow_unowned(reason = \"r\")] tokio::spawn(a()",
        "scope!(|t| { t. }).await",
        "scope!(|",
        "shield!(let)",
        "tokio::select! { v = &mut h => }",
    ] {
        let closed = format!("{body}{}", if body.ends_with("(|") { ")" } else { "" });
        if closed.parse::<proc_macro2::TokenStream>().is_ok() {
            assert_eq!(errors_in(&closed), "");
        }
    }
}
