import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.microsoft.azure.sdk.iot.service.messaging.IotHubServiceClientProtocol;

/** The device client and the service client on one hub: each device of the order, one after the other. */
public final class Hub {
  private Hub() {}

  public static void main(String[] args) throws Exception {
    JsonObject order = Lines.orderOf(args);
    var protocol = IotHubServiceClientProtocol.valueOf(order.get("protocol").getAsString());
    BackEnd backEnd = new BackEnd(order.get("connectionString").getAsString(), protocol);
    for (JsonElement device : order.getAsJsonArray("devices")) {
      drive(new HubDevice(device.getAsJsonObject(), order.get("host").getAsString(), backEnd));
    }
    backEnd.close();
    System.exit(0);
  }

  private static void drive(HubDevice device) {
    device.opens();
    device.sends();
    if (device.overHttps()) {
      device.sendsBatch();
    } else {
      device.hasATwin();
      device.isCalled();
    }
    if (!device.isModule()) device.hears();
    device.close();
  }
}
