/// A future is code only where something polls it.
pub fn roots(store: Arc<Store>, mut queue: mpsc::Receiver<Row>) -> Vec<Root> {
    let [one, two, three] = [store.clone(), store.clone(), store.clone()];
    vec![
        Box::pin(async move {
            let _ = handle(one, Request::Rename(vec![1], String::new())).await;
        }),
        Box::pin(async move {
            let _ = describe(two, String::new()).await;
        }),
        Box::pin(async move {
            let _ = consume(&three, &mut queue).await;
        }),
        Box::pin(async move {
            let _ = copy(&store, &Store::default()).await;
        }),
    ]
}
