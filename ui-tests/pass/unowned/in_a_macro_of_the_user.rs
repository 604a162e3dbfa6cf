use foster::scope;

async fn effect(_: u32) {}

macro_rules! twice {
    ($($start:ident)::+ => $task:expr) => {{
        $($start)::+($task);
        $($start)::+($task);
    }};
    ($scope:ident . $start:ident => $task:expr) => {{
        $scope.$start($task);
        $scope.$start($task);
    }};
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        twice!(s.launch => effect(1));
    })
    .await;
}
