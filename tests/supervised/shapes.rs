//! Every shape of function: the signature stays as it was written.

use std::fmt::{Debug, Display};
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use foster::{Spawner, checkpoint, supervised};

use crate::support::{Fault, Probe, Probes, both};

struct Shop(u32);

impl Shop {
    #[supervised(s)]
    async fn by_ref(&self, n: u32) -> u32 {
        s.spawn(async move { n }).await + self.0
    }

    #[supervised(s)]
    async fn by_mut(&mut self) -> &mut Self {
        self.0 += s.spawn(async { 1 }).await;
        self
    }

    #[supervised(s)]
    async fn by_value(mut self) -> u32 {
        self.0 += s.spawn(async { 1 }).await;
        self.0
    }

    #[supervised(s)]
    async fn by_arc(self: Arc<Self>) -> u32 {
        let shared = Arc::clone(&self);
        s.spawn(async move { shared.0 }).await + self.0
    }

    #[supervised(s)]
    async fn by_pin(self: Pin<&mut Self>) -> u32 {
        s.spawn(async { 1 }).await + self.0
    }

    #[supervised]
    async fn by_box(self: Box<Self>) -> Result<Self, Box<dyn std::error::Error>> {
        let n: u32 = "1".parse()?;
        Ok(Self(n + self.0))
    }
}

#[test]
fn methods_take_every_receiver() {
    both(async || {
        let mut shop = Shop(1);
        assert_eq!(shop.by_ref(1).await, 2);
        assert_eq!(shop.by_mut().await.by_mut().await.0, 3);
        assert_eq!(Pin::new(&mut shop).by_pin().await, 4);
        assert_eq!(shop.by_value().await, 4);
        assert_eq!(Arc::new(Shop(2)).by_arc().await, 4);
        assert_eq!(Box::new(Shop(2)).by_box().await.expect("a number").0, 3);
    });
}

trait Price {
    type Output;

    async fn price(&self) -> Self::Output;

    #[supervised(s)]
    async fn twice(&self, n: u32) -> u32 {
        2 * s.spawn(async move { n }).await
    }
}

impl Price for Shop {
    type Output = Result<u32, Fault>;

    #[supervised(s)]
    async fn price(&self) -> Self::Output {
        s.launch(async { Err(Fault("too dear")) });
        std::future::pending::<()>().await;
        Ok(self.0)
    }
}

#[test]
fn traits_and_their_impls_and_defaults_are_supervised() {
    both(async || {
        assert_eq!(Shop(1).price().await, Err(Fault("too dear")));
        assert_eq!(Shop(1).twice(3).await, 6);
    });
}

struct Store(u32);

#[async_trait]
trait Boxed: Send + Sync {
    async fn price(&self, n: u32) -> Result<u32, Fault>;
    async fn note(&mut self, text: &str, probe: Probe);

    #[supervised(s)]
    async fn twice(&self, n: u32) -> u32 {
        2 * s.spawn(async move { n }).await
    }
}

#[async_trait]
impl Boxed for Store {
    #[supervised(s)]
    async fn price(&self, n: u32) -> Result<u32, Fault> {
        s.launch(async { Err(Fault("too dear")) });
        std::future::pending::<()>().await;
        Ok(self.0 + n)
    }

    #[supervised]
    async fn note(&mut self, text: &str, probe: Probe) {
        self.0 += u32::try_from(text.len()).expect("it is short");
        let later = async move {
            checkpoint().await;
            drop(probe);
        };
        Spawner::current().launch(later).expect("the body is open");
    }
}

#[test]
fn what_async_trait_has_boxed_is_supervised_inside_the_box() {
    both(async || {
        let probes = Probes::slow();
        let mut shop: Box<dyn Boxed> = Box::new(Store(1));
        assert_eq!(shop.price(1).await, Err(Fault("too dear")));
        assert_eq!(shop.twice(3).await, 6);
        shop.note("abc", probes.probe()).await;
        probes.all_dropped(1);
    });
}

#[test]
fn generics_and_patterns_stay_as_they_are() {
    #[supervised(s)]
    async fn generic<'a, const N: usize, T, F>(
        array: [&'a T; N],
        (a, _): (u32, u32),
        mut f: F,
    ) -> (Option<&'a T>, u32)
    where
        T: Debug + 'static,
        F: FnMut(u32) -> u32,
        [T; N]: Sized,
    {
        let a = s.spawn(async move { a }).await;
        (array.last().copied(), f(a))
    }
    #[supervised(s)]
    async fn opaque(text: impl Display + Send + 'static) -> Result<impl Display, Fault> {
        let text = s.spawn(async move { Ok::<_, Fault>(text.to_string()) });
        Ok(text.await)
    }
    both(async || {
        assert_eq!(generic([&1, &2], (4, 5), |n| n + 1).await, (Some(&2), 5));
        assert_eq!(opaque(7).await.expect("it does not fail").to_string(), "7");
    });
}

#[test]
fn a_function_may_call_itself_through_a_box() {
    #[supervised(s)]
    async fn depth(n: u32) -> u32 {
        s.launch(async {});
        if n == 0 { 0 } else { 1 + Box::pin(depth(n - 1)).await }
    }
    both(async || assert_eq!(depth(100).await, 100));
}

#[test]
fn the_future_is_send_when_the_body_and_its_output_are() {
    #[supervised(s)]
    async fn first<'a>(texts: &'a [String], or: &'a str) -> &'a str {
        s.launch(checkpoint());
        checkpoint().await;
        texts.first().map_or(or, String::as_str)
    }
    fn is_send<F: Future + Send>(future: F) -> F {
        future
    }
    both(async || {
        // In a task, where each borrow in the call has a lifetime of its own.
        let task = async { first(&["a".to_owned()], "b").await.to_owned() };
        assert_eq!(foster::scope!(|s| s.spawn(is_send(task)).await).await, "a");
    });
}

#[test]
fn a_macro_may_write_the_function() {
    macro_rules! function {
        ($name:ident($arg:ident) -> $ret:ty $body:block) => {
            #[supervised(s)]
            async fn $name($arg: u32) -> $ret {
                s.launch(async { Err(Fault("first")) });
                $body
            }
        };
    }
    function!(result(n) -> Result<u32, Fault> {
        std::future::pending::<()>().await;
        Ok(n)
    });
    both(async || assert_eq!(result(1).await, Err(Fault("first"))));
}

#[test]
fn the_crate_may_have_another_name() {
    use foster as structured;

    #[structured::supervised(s, crate = structured)]
    async fn renamed() -> u32 {
        s.spawn(async { 1 }).await
    }
    both(async || assert_eq!(renamed().await, 1));
}
