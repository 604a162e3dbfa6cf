//! The policy follows the return type.

use std::fmt::Debug;
use std::future::pending;

use foster::{Spawner, checkpoint, supervised};

use crate::support::{Fault, Probe, Probes, both};

type Answer<T = u32> = Result<T, Fault>;

trait Shop {
    type Output;
}

struct Small;

impl Shop for Small {
    type Output = Result<u32, Fault>;
}

/// Waits for ever, unless it is cancelled.
async fn hang(probe: Probe) -> Result<(), Fault> {
    let _probe = probe;
    pending().await
}

async fn fail() -> Result<(), Fault> {
    checkpoint().await;
    Err(Fault("first"))
}

#[supervised(s)]
async fn result(probe: Probe) -> Result<u32, Fault> {
    s.launch(hang(probe));
    s.launch(fail());
    pending().await
}

#[supervised(s)]
async fn alias(probe: Probe) -> Answer {
    s.launch(hang(probe));
    s.launch(fail());
    pending().await
}

#[supervised(s)]
async fn associated(probe: Probe) -> <Small as Shop>::Output {
    s.launch(hang(probe));
    s.launch(fail());
    pending().await
}

#[supervised(s)]
async fn generic<T, E>(probe: Probe) -> Result<T, E>
where
    E: From<Fault> + 'static,
{
    s.launch(hang(probe));
    s.launch(fail());
    pending().await
}

#[supervised(s)]
async fn opaque(probe: Probe) -> Result<impl Debug, Fault> {
    s.launch(hang(probe));
    s.launch(fail());
    pending::<()>().await;
    Ok("never")
}

#[test]
fn a_result_is_fail_fast_however_it_is_written() {
    both(async || {
        let probes = Probes::slow();
        assert_eq!(result(probes.probe()).await, Err(Fault("first")));
        assert_eq!(alias(probes.probe()).await, Err(Fault("first")));
        assert_eq!(associated(probes.probe()).await, Err(Fault("first")));
        assert_eq!(generic::<(), Fault>(probes.probe()).await, Err(Fault("first")));
        assert_eq!(opaque(probes.probe()).await.err(), Some(Fault("first")));
        probes.all_dropped(5);
    });
}

#[test]
fn the_err_of_the_body_cancels_its_children() {
    #[supervised(s)]
    async fn gives_up(probe: Probe) -> Answer<()> {
        s.launch(hang(probe));
        checkpoint().await;
        Err(Fault("the body"))?;
        Ok(())
    }
    both(async || {
        let probes = Probes::slow();
        assert_eq!(gives_up(probes.probe()).await, Err(Fault("the body")));
        probes.all_dropped(1);
    });
}

#[test]
fn a_type_parameter_and_an_opaque_type_are_plain() {
    #[supervised(s)]
    async fn parameter<T>(value: T) -> T {
        let child = s.spawn(async { Err::<u32, _>(Fault("a value")) });
        assert_eq!(child.await, Err(Fault("a value")));
        value
    }
    #[supervised(s)]
    async fn opaque() -> impl Debug + PartialEq<Result<u32, Fault>> {
        let child = s.spawn(async { Err::<u32, _>(Fault("a value")) });
        child.await
    }
    both(async || {
        assert_eq!(parameter(Err::<(), _>(Fault("mine"))).await, Err(Fault("mine")));
        assert_eq!(opaque().await, Err(Fault("a value")));
    });
}

#[test]
fn a_function_without_a_value_is_plain() {
    #[supervised(s)]
    async fn unit() {
        let child = s.spawn(async { Err::<u32, _>(Fault("a value")) });
        assert_eq!(child.await, Err(Fault("a value")));
    }
    #[supervised(s)]
    async fn never(told: &str) -> ! {
        let child = s.spawn(async { Err::<u32, _>(Fault("a value")) });
        assert_eq!(child.await, Err(Fault("a value")));
        panic!("{told}");
    }
    both(async || {
        unit().await;
        let payload = crate::support::panic_of(never("told")).await;
        assert_eq!(crate::support::text_of(&*payload), "told");
    });
}

#[derive(Debug, PartialEq)]
struct ParseError<'a>(&'a str);

#[test]
fn without_a_name_for_the_scope_an_error_may_borrow() {
    #[supervised]
    async fn parse(text: &str) -> Result<u32, ParseError<'_>> {
        checkpoint().await;
        text.parse().map_err(|_| ParseError(text))
    }
    #[supervised]
    async fn longer<'a>(a: &'a str, b: &str) -> Result<usize, &'a str> {
        if a.len() > b.len() { Ok(a.len()) } else { Err(a) }
    }
    both(async || {
        let text = String::from("a few");
        assert_eq!(parse(&text).await, Err(ParseError("a few")));
        assert_eq!(parse("7").await, Ok(7));
        assert_eq!(longer(&text, "not as long").await, Err("a few"));
        assert_eq!(longer(&text, "").await, Ok(5));
    });
}

#[test]
fn an_err_cancels_what_the_ambient_spawner_launched() {
    #[supervised]
    async fn borrowing(fault: &Fault, probe: Probe) -> Result<(), &Fault> {
        let hang = async move {
            let _probe = probe;
            pending::<()>().await;
        };
        Spawner::current().launch(hang).expect("the body is open");
        checkpoint().await;
        Err(fault)
    }
    both(async || {
        let (probes, fault) = (Probes::slow(), Fault("borrowed"));
        assert_eq!(borrowing(&fault, probes.probe()).await, Err(&fault));
        probes.all_dropped(1);
    });
}

#[test]
fn an_ok_waits_for_what_the_ambient_spawner_launched() {
    #[supervised]
    async fn launches(probe: Probe) -> Answer {
        let later = async move {
            checkpoint().await;
            drop(probe);
        };
        Spawner::current().launch(later).expect("the body is open");
        Ok(7)
    }
    both(async || {
        let probes = Probes::slow();
        assert_eq!(launches(probes.probe()).await, Ok(7));
        probes.all_dropped(1);
    });
}
