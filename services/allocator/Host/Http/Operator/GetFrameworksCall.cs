using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Contracts;
using Bourse.MesosV1.Master;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>GET_FRAMEWORKS: those that may still subscribe, and the latest that are over.</summary>
internal static class GetFrameworksCall
{
    public static Response.Types.GetFrameworks Answer(ClusterView view) => new()
    {
        Frameworks = { view.Frameworks.Select(Framework) },
        CompletedFrameworks = { view.Completed.Select(Framework) },
    };

    public static Response.Types.GetFrameworks.Types.Framework Framework(ClusterView.FrameworkView view)
    {
        var allocated = Resources.Of(view.Tasks.Where(task => !task.State.IsTerminal()).SelectMany(task => task.Spec.Resources.Entries));
        var offered = Resources.Of(view.Offers.SelectMany(offered => offered.Offer.Resources.Entries));
        return new()
        {
            FrameworkInfo = FrameworkInfoMapping.Write(view.Id, view.Description),
            Active = view.Connected,
            Connected = view.Connected,
            Recovered = false,
            RegisteredTime = TaskStatusMapping.Time(view.RegisteredAt),
            ReregisteredTime = view.ReregisteredAt is { } again ? TaskStatusMapping.Time(again) : null,
            OfferConstraints = OfferWishesMapping.Write(view.Description.Constraints),
            UnregisteredTime = view.RemovedAt is { } removed ? TaskStatusMapping.Time(removed) : null,
            Offers =
            {
                view.Offers.Select(o => OfferMapping.Write(
                    o.Offer.Id, o.Offer.FrameworkId, o.Offer.Role, o.Offer.Resources, o.Agent, view.Description.Capabilities)),
            },
            AllocatedResources = { ResourceWriting.Write(allocated, ReservationFormat.Endpoint, allocationInfo: true) },
            OfferedResources = { ResourceWriting.Write(offered, ReservationFormat.Endpoint, allocationInfo: true) },
        };
    }
}
