async fn load(store: &Store, id: u64) -> Result<Row, Error> {
    let rows = store.rows.lock().await;
    let Some(text) = rows.get(&id) else {
        return Err(Error::Missing(id));
    };
    let row = parse(text).await?;
    if row.id != id {
        return Err(Error::Corrupt(text.clone()));
    }
    drop(rows);
    Ok(row)
}

async fn parse(text: &str) -> Result<Row, Error> {
    let mut words = text.split(':');
    let id = words.next().unwrap_or_default();
    let name = words.next().unwrap_or_default();
    if name.is_empty() {
        return Err(Error::Corrupt(text.to_owned()));
    }
    tokio::task::yield_now().await;
    let id = id.parse::<u64>()?;
    let name = name.trim().to_owned();
    Ok(Row { id, name })
}

async fn save(store: &Store, row: &Row) -> Result<(), Error> {
    let text = format!("{}:{}", row.id, row.name);
    let checked = parse(&text).await?;
    if checked != *row {
        return Err(Error::Corrupt(text));
    }
    let mut rows = store.rows.lock().await;
    let before = rows.insert(row.id, text);
    store.writes.fetch_add(1, Ordering::Relaxed);
    tracing(before.as_deref());
    Ok(())
}

async fn rename(store: &Store, ids: &[u64], name: &str) -> Result<usize, Error> {
    let mut renamed = 0;
    for &id in ids {
        let mut row = load(store, id).await?;
        if row.name == name {
            continue;
        }
        row.name = name.to_owned();
        save(store, &row).await?;
        renamed += 1;
    }
    Ok(renamed)
}

async fn total(store: &Store) -> usize {
    let rows = store.rows.lock().await;
    let mut sum = 0;
    for (id, text) in rows.iter() {
        if *id % 2 == 0 {
            sum += text.len();
        }
    }
    drop(rows);
    tokio::task::yield_now().await;
    sum
}

async fn persist(store: &Store, row: &Row, tries: u32) -> Result<u32, Error> {
    let mut wait = Duration::from_millis(10);
    for attempt in 0..tries {
        match save(store, row).await {
            Ok(()) => return Ok(attempt),
            Err(Error::Corrupt(text)) => return Err(Error::Corrupt(text)),
            Err(_) => tokio::time::sleep(wait).await,
        }
        wait *= 2;
    }
    Err(Error::Missing(row.id))
}

async fn consume(store: &Store, queue: &mut mpsc::Receiver<Row>) -> Option<u64> {
    let mut last = None;
    while let Some(row) = queue.recv().await {
        let saved = persist(store, &row, 3).await;
        if saved.is_err() {
            return last;
        }
        last = Some(row.id);
        tokio::task::yield_now().await;
    }
    last
}

async fn copy(from: &Store, to: &Store) -> Result<usize, Error> {
    let ids: Vec<u64> = from.rows.lock().await.keys().copied().collect();
    let mut copied = 0;
    for id in &ids {
        let row = load(from, *id).await?;
        save(to, &row).await?;
        copied += 1;
    }
    let after = total(to).await;
    Ok(copied.max(after))
}

async fn describe(store: Arc<Store>, title: String) -> String {
    let length = total(&store).await;
    let writes = store.writes.load(Ordering::Relaxed);
    let mut text = title;
    text.push_str(": ");
    text.push_str(&length.to_string());
    if writes > 0 {
        text.push_str(&format!(", {writes} writes"));
    }
    tokio::task::yield_now().await;
    text
}

async fn handle(store: Arc<Store>, request: Request) -> Result<String, Error> {
    match request {
        Request::Get(id) => {
            let row = load(&store, id).await?;
            Ok(row.name)
        }
        Request::Rename(ids, name) => {
            let renamed = rename(&store, &ids, &name).await?;
            Ok(format!("{renamed} renamed"))
        }
    }
}
