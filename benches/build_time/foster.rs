//! The key-value service of tokio.rs, on foster.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use foster::{Interrupted, Spawner, scope, shield, supervised, try_scope};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::time;

#[derive(Clone, Default)]
struct Store {
    rows: Arc<Mutex<HashMap<String, String>>>,
}

impl Store {
    async fn get(&self, key: &str) -> Option<String> {
        self.rows.lock().await.get(key).cloned()
    }

    async fn put(&self, key: &str, value: &str) -> io::Result<()> {
        if key.is_empty() {
            return Err(io::Error::other("an empty key"));
        }
        self.rows.lock().await.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    async fn len(&self) -> usize {
        self.rows.lock().await.len()
    }
}

async fn answer(store: &Store, line: &str) -> io::Result<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["get", key] => Ok(store.get(key).await.unwrap_or_default()),
        ["put", key, value] => {
            let (store, key, value) = (store.clone(), key.to_owned(), value.to_owned());
            // A client that hangs up does not undo the write.
            shield!(store.put(&key, &value).await).await?;
            Ok("stored".to_owned())
        }
        ["both", one, two] => {
            let (one, two) = scope!(|s| {
                let [a, b] = [one, two].map(|key| (store.clone(), key.to_owned()));
                let one = s.spawn(async move { a.0.get(&a.1).await });
                let two = s.spawn(async move { b.0.get(&b.1).await });
                (one.await, two.await)
            })
            .await;
            Ok(format!("{} {}", one.unwrap_or_default(), two.unwrap_or_default()))
        }
        _ => Err(io::Error::other("no such command")),
    }
}

async fn serve(mut stream: TcpStream, store: Store) -> io::Result<()> {
    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = scope!(|_| { answer(&store, &line).await })
            .within(Duration::from_secs(1))
            .await
            .map_err(|elapsed: Interrupted| io::Error::other(elapsed))??;
        write.write_all(answer.as_bytes()).await?;
        write.write_all(b"\n").await?;
    }
    Ok(())
}

#[supervised(s)]
async fn count(store: Store) {
    s.background(async move {
        let mut ticks = time::interval(Duration::from_secs(10));
        loop {
            ticks.tick().await;
            println!("{} rows", store.len().await);
        }
    });
    foster::shutdown_requested().await;
}

async fn warm(store: &Store) -> io::Result<()> {
    try_scope!(|s| {
        for key in ["one", "two", "three"] {
            let store = store.clone();
            s.launch(async move { store.put(key, "warm").await });
        }
        Ok(())
    })
    .await
}

#[foster::main]
async fn main() -> io::Result<()> {
    let store = Store::default();
    warm(&store).await?;
    let tasks = Spawner::current();
    let _ = tasks.launch(count(store.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let _ = tasks.launch(serve(stream, store.clone()));
    }
}
