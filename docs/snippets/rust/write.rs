//! Creates, changes and deletes a record.

use elementkit::InstanceHandle;

pub async fn run(crm: &InstanceHandle) -> Result<(), Box<dyn std::error::Error>> {
    // show
    use elementkit::Record;
    use serde_json::json;

    let clients = crm.records("clients");
    let made: Record = clients.create(&json!({"name": "Acme", "employees": 12})).await?.record()?.unwrap_or_default();
    let id = made["id"].as_str().unwrap_or_default();
    println!("created {id}");
    clients.update(id, &json!({"employees": 13})).await?;
    clients.delete(id).await?;
    // end
    Ok(())
}
