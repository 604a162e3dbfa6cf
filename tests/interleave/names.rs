//! What a scope that interleaves may be called.

use std::io;

use foster::{scope, try_scope};

use crate::support::both;

#[test]
fn scope_of_a_raw_name_interleaves() {
    both(async || {
        let mut n = 0;
        scope!(|r#s| {
            s.interleave(async { n += 1 });
        })
        .await;
        scope!(|s| {
            r#s.interleave(async { n += 1 });
        })
        .await;
        let result = try_scope!(|r#try| -> io::Result<u32> {
            let child = r#try.spawn(async { Ok::<_, io::Error>(1) });
            r#try.interleave(async {
                n += 1;
                Ok::<_, io::Error>(())
            });
            Ok(child.await)
        })
        .await;
        assert_eq!((n, result.ok()), (3, Some(1)));
    });
}
