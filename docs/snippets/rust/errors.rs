//! Handles errors by their kind.

use elementkit::InstanceHandle;

pub async fn run(bt: &InstanceHandle) -> Result<(), Box<dyn std::error::Error>> {
    // show
    use elementkit::ErrorKind;

    match bt.records("contactz").to_vec(1).await {
        Ok(records) => println!("{records:?}"),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let hint = error.info().hint.clone().unwrap_or_default();
            println!("{} - {hint}", error.kind().code()); // not_found - Did you mean contacts?
        }
        Err(error) if error.info().retryable() => println!("later: {error}"),
        Err(error) => return Err(error.into()),
    }
    // end
    Ok(())
}
