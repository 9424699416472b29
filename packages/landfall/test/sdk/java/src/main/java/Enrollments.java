import com.google.gson.JsonObject;
import com.microsoft.azure.sdk.iot.provisioning.service.ProvisioningServiceClient;
import com.microsoft.azure.sdk.iot.provisioning.service.Query;
import com.microsoft.azure.sdk.iot.provisioning.service.configs.AttestationMechanism;
import com.microsoft.azure.sdk.iot.provisioning.service.configs.BulkOperationMode;
import com.microsoft.azure.sdk.iot.provisioning.service.configs.DeviceRegistrationState;
import com.microsoft.azure.sdk.iot.provisioning.service.configs.EnrollmentGroup;
import com.microsoft.azure.sdk.iot.provisioning.service.configs.IndividualEnrollment;
import com.microsoft.azure.sdk.iot.provisioning.service.configs.ProvisioningStatus;
import com.microsoft.azure.sdk.iot.provisioning.service.configs.QuerySpecification;
import com.microsoft.azure.sdk.iot.provisioning.service.configs.QuerySpecificationBuilder;
import com.microsoft.azure.sdk.iot.provisioning.service.configs.QuerySpecificationBuilder.FromType;
import com.microsoft.azure.sdk.iot.provisioning.service.configs.SymmetricKeyAttestation;
import com.microsoft.azure.sdk.iot.provisioning.service.configs.X509Attestation;
import com.microsoft.azure.sdk.iot.provisioning.service.exceptions.ProvisioningServiceClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The provisioning service client: enrollments and what became of them, step by step. */
public final class Enrollments {
  private static final String group = "java-group";
  private final ProvisioningServiceClient client;

  private Enrollments(ProvisioningServiceClient client) {
    this.client = client;
  }

  public static void main(String[] args) {
    JsonObject order = Lines.orderOf(args);
    String connectionString = order.get("connectionString").getAsString();
    Enrollments enrollments = new Enrollments(new ProvisioningServiceClient(connectionString));
    enrollments.groups(order.get("signingCertificate").getAsString());
    enrollments.individuals();
    enrollments.registrations(order.get("registered").getAsJsonObject());
    System.exit(0);
  }

  private void groups(String signingCertificate) {
    Lines.say("group created", () -> {
      X509Attestation attestation = X509Attestation.createFromRootCertificates(signingCertificate);
      EnrollmentGroup made = client.createOrUpdateEnrollmentGroup(new EnrollmentGroup(group, attestation));
      return Map.of(
          "id", made.getEnrollmentGroupId(),
          "status", made.getProvisioningStatus(),
          "subject", ((X509Attestation) made.getAttestation()).getPrimaryX509CertificateInfo().getSubjectName());
    });
    Lines.say("groups queried", () -> {
      Query query = client.createEnrollmentGroupQuery(all(FromType.ENROLLMENT_GROUPS), 1);
      return pagesOf(query, item -> ((EnrollmentGroup) item).getEnrollmentGroupId());
    });
    Lines.say("group updated", () -> {
      EnrollmentGroup read = client.getEnrollmentGroup(group);
      read.setProvisioningStatus(ProvisioningStatus.DISABLED);
      return client.createOrUpdateEnrollmentGroup(read).getProvisioningStatus();
    });
    Lines.say("group updated with a stale ETag", () -> {
      EnrollmentGroup read = client.getEnrollmentGroup(group);
      client.createOrUpdateEnrollmentGroup(read);
      return client.createOrUpdateEnrollmentGroup(read).getEtag();
    });
    Lines.say("group deleted", () -> {
      client.deleteEnrollmentGroup(group);
      return client.getEnrollmentGroup(group).getEnrollmentGroupId();
    });
  }

  private void individuals() {
    List<IndividualEnrollment> five = IntStream.range(0, 5)
        .mapToObj(n -> new IndividualEnrollment("java-" + n, new SymmetricKeyAttestation(null, null)))
        .toList();
    Lines.say("enrollments created in bulk", () -> inBulk(BulkOperationMode.CREATE, five));
    Lines.say("keys of an enrollment read", () -> {
      AttestationMechanism mechanism = client.getIndividualEnrollmentAttestationMechanism("java-0");
      return ((SymmetricKeyAttestation) mechanism.getAttestation()).getPrimaryKey().length();
    });
    Lines.say("enrollments queried", () -> {
      Query query = client.createIndividualEnrollmentQuery(all(FromType.ENROLLMENTS), 2);
      return pagesOf(query, item -> ((IndividualEnrollment) item).getRegistrationId());
    });
    Lines.say("enrollments deleted in bulk", () -> inBulk(BulkOperationMode.DELETE, five));
  }

  private boolean inBulk(BulkOperationMode mode, List<IndividualEnrollment> enrollments)
      throws ProvisioningServiceClientException {
    return client.runBulkEnrollmentOperation(mode, enrollments).getSuccessful();
  }

  private void registrations(JsonObject registered) {
    String registrationId = registered.get("registrationId").getAsString();
    Lines.say("registrations of a group", () -> {
      String of = registered.get("groupId").getAsString();
      Query query = client.createEnrollmentGroupRegistrationStateQuery(all(FromType.DEVICE_REGISTRATIONS), of);
      return pagesOf(query, item -> ((DeviceRegistrationState) item).getRegistrationId());
    });
    Lines.say("registration read", () -> {
      DeviceRegistrationState state = client.getDeviceRegistrationState(registrationId);
      return Map.of("status", state.getStatus(), "assignedHub", state.getAssignedHub());
    });
    Lines.say("registration deleted", () -> {
      client.deleteDeviceRegistrationState(registrationId);
      return client.getDeviceRegistrationState(registrationId).getStatus();
    });
  }

  private static QuerySpecification all(FromType kind) {
    return new QuerySpecificationBuilder("*", kind).createSqlQuery();
  }

  private static List<List<String>> pagesOf(Query query, Function<Object, String> idOf) {
    List<List<String>> pages = new ArrayList<>();
    while (query.hasNext()) {
      List<String> page = new ArrayList<>();
      for (Object item : query.next().getItems()) page.add(idOf.apply(item));
      pages.add(page);
    }
    return pages;
  }
}
