import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.microsoft.azure.sdk.iot.provisioning.device.AdditionalData;
import com.microsoft.azure.sdk.iot.provisioning.device.ProvisioningDeviceClient;
import com.microsoft.azure.sdk.iot.provisioning.device.ProvisioningDeviceClientRegistrationResult;
import com.microsoft.azure.sdk.iot.provisioning.device.ProvisioningDeviceClientTransportProtocol;
import com.microsoft.azure.sdk.iot.provisioning.security.SecurityProvider;
import com.microsoft.azure.sdk.iot.provisioning.security.SecurityProviderSymmetricKey;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The provisioning device client: registers one device after the other and says what it was told. */
public final class Provisioning {
  private final String host;
  private final String idScope;

  private Provisioning(JsonObject order) {
    host = order.get("host").getAsString();
    idScope = order.get("idScope").getAsString();
  }

  public static void main(String[] args) {
    JsonObject order = Lines.orderOf(args);
    Provisioning provisioning = new Provisioning(order);
    for (JsonElement element : order.getAsJsonArray("devices")) {
      JsonObject device = element.getAsJsonObject();
      Lines.say(device.get("case").getAsString(), () -> provisioning.register(device));
    }
    System.exit(0);
  }

  private Object register(JsonObject device) throws Exception {
    var transport = ProvisioningDeviceClientTransportProtocol.valueOf(device.get("transport").getAsString());
    ProvisioningDeviceClient client =
        ProvisioningDeviceClient.create(host, idScope, transport, securityProviderOf(device));
    try {
      AdditionalData data = new AdditionalData();
      data.setProvisioningPayload("{\"model\":\"π€\"}");
      return said(client.registerDeviceSync(data));
    } finally {
      client.close();
    }
  }

  private static SecurityProvider securityProviderOf(JsonObject device) throws Exception {
    if (device.has("certificate")) return Credentials.x509(device);
    if (device.has("tpm")) {
      return new RemoteTpm(device.get("tpm").getAsString(), device.get("registrationId").getAsString());
    }
    byte[] key = device.get("symmetricKey").getAsString().getBytes(StandardCharsets.UTF_8);
    return new SecurityProviderSymmetricKey(key, device.get("registrationId").getAsString());
  }

  private static Map<String, Object> said(ProvisioningDeviceClientRegistrationResult result) {
    return Map.of(
        "status", result.getProvisioningDeviceClientStatus().name(),
        "substatus", result.getSubstatus().name(),
        "registrationId", result.getRegistrationId(),
        "deviceId", result.getDeviceId(),
        "assignedHub", result.getIothubUri());
  }
}
