//! `#[tracing::instrument]`, on either side of `#[supervised]`.

use foster::{checkpoint, supervised};
use tracing::instrument;

use crate::support::{both, span};

#[supervised(s)]
#[instrument]
async fn below() -> [Option<&'static str>; 2] {
    let before = span();
    s.spawn(checkpoint()).await;
    [before, span()]
}

#[instrument]
#[supervised(s)]
async fn above() -> [Option<&'static str>; 2] {
    let before = span();
    s.spawn(checkpoint()).await;
    [before, span()]
}

#[test]
fn the_body_is_in_its_functions_span_also_after_a_suspension() {
    both(async || {
        assert_eq!(below().await, [Some("below"); 2]);
        assert_eq!(above().await, [Some("above"); 2]);
        assert_eq!(span(), None);
    });
}
