//! A viewer: follows `/live`, and leaves early or stays until the shop says goodbye.

use std::convert::Infallible;
use std::net::SocketAddr;

use foster::scope;
use futures_util::StreamExt as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::luck::{Luck, Part};

/// Watch the shop all day.
pub(crate) const STAYING: u32 = 4;

/// One of two says goodbye, and the other does not.
pub(crate) const LEAVING: u32 = 2;

/// What a viewer saw.
#[derive(Default)]
pub(crate) struct View {
    pub(crate) orders: usize,
    pub(crate) pings: usize,
    pub(crate) end: End,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum End {
    /// The connection ended without a word.
    #[default]
    Cut,
    /// The shop said that it goes away.
    Goodbye,
    /// The viewer left: what the shop did then, the viewer does not see.
    Left,
}

/// All viewers of a day. Each drops its `entering` when it is in.
pub(crate) async fn audience(
    addr: SocketAddr,
    seed: u64,
    entering: mpsc::Sender<Infallible>,
) -> Vec<View> {
    scope!(|s| {
        let viewers: Vec<_> = (1..=STAYING + LEAVING)
            .map(|viewer| s.spawn(watch(addr, seed, viewer, entering.clone())))
            .collect();
        drop(entering);
        let mut views = Vec::new();
        for viewer in viewers {
            views.push(viewer.await);
        }
        views
    })
    .named("audience")
    .await
}

async fn watch(
    addr: SocketAddr,
    seed: u64,
    viewer: u32,
    entering: mpsc::Sender<Infallible>,
) -> View {
    let mut view = View::default();
    let Ok(stream) = TcpStream::connect(addr).await else {
        return view;
    };
    let Ok((mut socket, _)) = client_async("ws://localhost/live", stream).await else {
        return view;
    };
    drop(entering);
    if viewer <= STAYING {
        // An error is an end like any other: the view tells.
        read(&mut socket, &mut view).await.ok();
        return view;
    }
    let stay = Luck::new(Some(seed)).draw(Part::Viewer, viewer, 1).millis(200..900);
    let read_to_end = scope!(|_| read(&mut socket, &mut view).await).within(stay).await;
    if read_to_end.is_err() {
        if viewer.is_multiple_of(2) && socket.close(None).await.is_ok() {
            read(&mut socket, &mut view).await.ok();
        }
        view.end = End::Left;
    }
    view
}

/// Reads to the end, so that the shop's goodbye is answered, too.
async fn read(socket: &mut WebSocketStream<TcpStream>, view: &mut View) -> Result<(), Error> {
    while let Some(message) = socket.next().await {
        match message? {
            Message::Text(_) => view.orders += 1,
            Message::Ping(_) => view.pings += 1,
            Message::Close(Some(frame)) if frame.code == CloseCode::Away => view.end = End::Goodbye,
            _ => {}
        }
    }
    Ok(())
}
