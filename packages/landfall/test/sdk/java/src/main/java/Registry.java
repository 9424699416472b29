import com.microsoft.azure.sdk.iot.service.query.QueryClient;
import com.microsoft.azure.sdk.iot.service.query.TwinQueryResponse;
import com.microsoft.azure.sdk.iot.service.registry.Device;
import com.microsoft.azure.sdk.iot.service.registry.DeviceStatus;
import com.microsoft.azure.sdk.iot.service.registry.Module;
import com.microsoft.azure.sdk.iot.service.registry.RegistryClient;
import com.microsoft.azure.sdk.iot.service.twin.Twin;
import com.microsoft.azure.sdk.iot.service.twin.TwinClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The service client over HTTPS: identities, twins and queries, step by step. */
public final class Registry {
  private static final String id = "java-registry";
  private static final String moduleId = "filter";

  private Registry() {}

  public static void main(String[] args) {
    String connectionString = Lines.orderOf(args).get("connectionString").getAsString();
    RegistryClient registry = new RegistryClient(connectionString);
    identities(registry);
    twins(new TwinClient(connectionString), new QueryClient(connectionString));
    Lines.say("device removed", () -> {
      registry.removeDevice(id);
      return registry.getDevice(id).getDeviceId();
    });
    System.exit(0);
  }

  private static void identities(RegistryClient registry) {
    Lines.say("device added", () -> {
      Device added = registry.addDevice(new Device(id));
      return Map.of(
          "id", added.getDeviceId(),
          "status", added.getStatus(),
          "keyLength", added.getPrimaryKey().length());
    });
    Lines.say("device added again", () -> registry.addDevice(new Device(id)).getDeviceId());
    Lines.say("device updated", () -> {
      Device device = registry.getDevice(id);
      device.setStatus(DeviceStatus.Disabled);
      registry.updateDevice(device);
      return registry.getDevice(id).getStatus();
    });
    Lines.say("module added", () -> {
      registry.addModule(new Module(id, moduleId));
      return registry.getModulesOnDevice(id).stream().map(Module::getId).toList();
    });
    Lines.say("statistics", () -> registry.getStatistics().getDisabledDeviceCount());
  }

  private static void twins(TwinClient twins, QueryClient queries) {
    Lines.say("twin patched", () -> {
      Twin change = new Twin(id);
      change.getTags().put("line", 7);
      change.getDesiredProperties().put("interval", 5);
      twins.patch(change);
      Twin read = twins.get(id);
      return Map.of("tags", read.getTags(), "desired", read.getDesiredProperties().get("interval"));
    });
    Lines.say("twin of a module patched", () -> {
      Twin change = new Twin(id, moduleId);
      change.getDesiredProperties().put("rate", 3);
      twins.patch(change);
      return twins.get(id, moduleId).getDesiredProperties().get("rate");
    });
    Lines.say("twins queried", () -> {
      TwinQueryResponse found = queries.queryTwins("SELECT * FROM devices WHERE tags.line = 7");
      List<String> ids = new ArrayList<>();
      while (found.hasNext()) ids.add(found.next().getDeviceId());
      return ids;
    });
  }
}
