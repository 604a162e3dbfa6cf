//! A key-value service on tokio, with tokio's macros.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
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
            tokio::spawn(async move { store.put(&key, &value).await })
                .await
                .map_err(io::Error::other)??;
            Ok("stored".to_owned())
        }
        ["both", one, two] => {
            let (one, two) = tokio::join!(store.get(one), store.get(two));
            Ok(format!("{} {}", one.unwrap_or_default(), two.unwrap_or_default()))
        }
        _ => Err(io::Error::other("no such command")),
    }
}

async fn serve(mut stream: TcpStream, store: Store) -> io::Result<()> {
    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = time::timeout(Duration::from_secs(1), answer(&store, &line)).await??;
        write.write_all(answer.as_bytes()).await?;
        write.write_all(b"\n").await?;
    }
    Ok(())
}

async fn count(store: Store, mut stop: watch::Receiver<bool>) {
    let mut ticks = time::interval(Duration::from_secs(10));
    loop {
        tokio::select! {
            _ = ticks.tick() => println!("{} rows", store.len().await),
            _ = stop.changed() => return,
        }
    }
}

async fn warm(store: &Store) -> io::Result<()> {
    let mut tasks = JoinSet::new();
    for key in ["one", "two", "three"] {
        let store = store.clone();
        tasks.spawn(async move { store.put(key, "warm").await });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(io::Error::other)??;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let store = Store::default();
    warm(&store).await?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(count(store.clone(), stopped));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                let store = store.clone();
                tasks.spawn(async move {
                    if let Err(error) = serve(stream, store).await {
                        eprintln!("{error}");
                    }
                });
            }
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    let _ = stop.send(true);
    while tasks.join_next().await.is_some() {}
    Ok(())
}
